"""Every cap of the product in one table.

A cap exists so that a file from a stranger, or a slip of the keyboard, ends in
one clear message within seconds instead of a full disk or a hung machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from jakstat.errors import problem

__all__ = ["LIMITS", "Limits", "check_count", "check_text"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps; sizes in bytes, times in seconds unless the name says otherwise.

    Examples
    --------
    >>> LIMITS.sbml_bytes
    10000000
    """

    # SBML and XML
    sbml_bytes: int = 10_000_000
    xml_depth: int = 200
    xml_attribute_length: int = 100_000
    sbml_species: int = 20_000
    sbml_elements: int = 400_000
    network_lines: int = 40_000
    network_terms: int = 200_000
    antimony_length: int = 1_000_000
    parse_memory_bytes: int = 2_000_000_000
    formula_depth: int = 150
    formula_nodes: int = 100_000

    # COMBINE archives and SED-ML
    archive_bytes: int = 200_000_000
    archive_entries: int = 2_000
    archive_entry_bytes: int = 100_000_000
    archive_ratio: int = 1_000
    sedml_items: int = 2_000
    sedml_repeats: int = 10_000
    sedml_nesting: int = 20

    # tables and protocol files
    table_bytes: int = 20_000_000
    workbook_bytes: int = 200_000_000
    table_rows: int = 1_000_000
    lane_table_bytes: int = 4_000_000_000
    table_columns: int = 10_000
    table_field_length: int = 10_000
    protocol_bytes: int = 1_000_000
    protocol_depth: int = 20
    overlay_points: int = 100_000

    # what one may ask for
    text_length: int = 10_000
    name_length: int = 200
    entries: int = 200
    absorption_stages: int = 200
    lanes: int = 100_000
    run_lanes: int = 10_000_000
    run_values: int = 10_000_000_000
    threads: int = 256
    series_points: int = 1_000
    doses: int = 10_000
    time_points: int = 1_000_000
    until_hours: float = 87_600.0
    followed_hours: float = 1_314_900.0  # 150 years, of a patient in a survival table
    assay_hours: float = 1_440.0
    fit_hours: float = 72.0
    trial_arms: int = 12
    amount: float = 1e12

    # solving
    max_steps: int = 200_000
    event_chain: int = 1_000
    seed: int = 2**63 - 1

    map_points: int = 20_000
    result_bytes: int = 200_000_000

    # the laboratory in a browser
    lab_json_bytes: int = 1_000_000
    lab_file_bytes: int = 20_000_000
    lab_files: int = 100
    lab_jobs: int = 200
    lab_views: int = 64
    lab_quick_lanes: int = 24
    lab_short_lanes: int = 1_000
    lab_curves: int = 500
    lab_kept_bytes: int = 64_000_000

    # storing
    chunks: int = 1_000_000


LIMITS = Limits()
"""The caps in force."""


def check_text(text: str, *, field: str, longest: int = LIMITS.text_length) -> str:
    """`text` itself, or a problem when it is too long to be meant.

    Raises
    ------
    InputError
        ``text.long``.

    Examples
    --------
    >>> check_text("IL6=10ng/ml", field="--stimulus")
    'IL6=10ng/ml'
    """
    if len(text) > longest:
        raise problem(
            "text.long",
            f"the text has {len(text)} characters, from {text[:20]!r} on",
            field=field,
            hint=f"at most {longest} are read",
        )
    return text


def check_count(count: int, *, most: int, field: str, least: int = 1) -> int:
    """`count` itself, or a problem when it lies outside `least` .. `most`.

    Raises
    ------
    InputError
        ``count.range``.

    Examples
    --------
    >>> check_count(12, most=LIMITS.series_points, field="--stimulus")
    12
    """
    if not least <= count <= most:
        raise problem(
            "count.range", f"{count} is out of range", field=field, hint=f"allowed: {least} to {most}"
        )
    return count
