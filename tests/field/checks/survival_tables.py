"""What tools make of tables of times and events, and of the files in which they travel."""

import pathlib
import subprocess
import tempfile
import warnings

TIMES = [1.0, 2.0, 3.0, 4.0]


def refusal(make):
    """The message of what is refused, or nothing."""
    try:
        make()
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def transport(frame, **more):
    """A SAS transport file of a frame, written by pyreadstat."""
    import pyreadstat

    path = pathlib.Path(tempfile.mkdtemp(), "a.xpt")
    pyreadstat.write_xport(frame, path, table_name="ADTTE", **more)
    return path


def by_pandas(path):
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.read_sas(path)


def row_pandas_transport_zero():
    import pandas as pd

    path = transport(pd.DataFrame({"CNSR": [0.0, 1.0, 0.0]}), file_format_version=5)
    read = by_pandas(path)["CNSR"].tolist()
    assert read == [16.0**-65, 1.0, 16.0**-65]
    return f"CNSR 0, 1, 0: {read}"


def row_pandas_transport_version_8():
    import pandas as pd

    path = transport(pd.DataFrame({"CNSR": [0.0, 1.0]}))
    said = refusal(lambda: by_pandas(path))
    assert said == "ValueError: Header record is not an XPORT file."
    return said


def row_pyreadstat_blank_rows():
    import pandas as pd
    import pyreadstat

    path = transport(pd.DataFrame({"A": ["x", "y", "", ""]}), file_format_version=5)
    whole, _ = pyreadstat.read_xport(path)
    assert (len(whole), len(by_pandas(path))) == (2, 8)
    return "4 rows written; pyreadstat reads 2, pandas 8"


def row_lifelines_status_of_r():
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter().fit(TIMES, [1, 2, 2, 1])
    assert fitted.event_table["observed"].sum() == 4
    assert fitted.survival_function_.iloc[-1, 0] == 0.0
    return "4 deaths of 4, the share alive at the end 0"


def row_lifelines_words():
    from lifelines import KaplanMeierFitter

    said = refusal(lambda: KaplanMeierFitter().fit(TIMES[:2], ["0:LIVING", "1:DECEASED"]))
    assert said.startswith("TypeError: Wrong dtype")
    return said


def row_scikit_survival_text_events():
    from sksurv.util import Surv

    made = Surv.from_arrays(["0", "1", "1", "0"], TIMES)["event"].tolist()
    assert made == [True] * 4
    return f"{made}"


def row_scikit_survival_without_censoring():
    from sksurv.util import Surv

    said = refusal(lambda: Surv.from_arrays([1, 1, 1, 1], TIMES))
    assert said == "ValueError: event indicator must be binary"
    return said


def row_r_status_of_one_value():
    code = "library(survival); for (s in list(c(1,2,2,1), c(1,1,1,1), c(2,2,2,2)))"
    code += " cat(sum(Surv(1:4, s)[, 2]), '')"
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "4", "4"]
    return f"deaths of 1,2,2,1; 1,1,1,1; 2,2,2,2: {done.stdout}"


def row_pandas_gdc_days():
    import io

    import pandas as pd

    text = "case_submitter_id\tdays_to_death\nA\t300\nB\t1000\nC\t'--\n"
    days = pd.read_csv(io.StringIO(text), sep="\t")["days_to_death"]
    assert days.max() == "300"
    return f"the latest death: {days.max()!r}"
