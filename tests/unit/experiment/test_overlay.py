import pytest

from jakstat.errors import InputError
from jakstat.experiment.overlay import read_overlay, scaled
from jakstat.experiment.run import simulate

HEAD = "time,time_unit,observable,value"


@pytest.fixture(scope="module")
def result():
    return simulate(
        "hepg2", stimuli="IL6=10ng/ml", observe="pSTAT3,SOCS3", until="1h", points=13, parts="auto"
    )


@pytest.fixture(scope="module")
def series():
    return simulate("hepg2", stimuli="IL6=1,10ng/ml", observe="pSTAT3", until="1h", points=13, parts="auto")


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "my.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def codes(path, result):
    with pytest.raises(InputError) as caught:
        read_overlay(path, result)
    return [(p.code, p.line) for p in caught.value.problems]


def test_points_are_read(table, result):
    found = read_overlay(table(f"{HEAD},sd,unit\n20,min,pSTAT3,1.5,0.1,a.u.\n1,h,SOCS3,3,,1/cell\n"), result)
    first, second = found.points
    assert (first.time_h, first.value, first.sd, first.dose) == (pytest.approx(1 / 3), 1.5, 0.1, None)
    assert (second.time_h, second.sd) == (1.0, None)


def test_byte_order_mark_and_quotes(table, result):
    text = '\ufeff"time","time_unit","observable","value","dose"\n20,min,pSTAT3,1.5,\n'
    assert len(read_overlay(table(text), result).points) == 1


def test_scaling_finds_the_factor(table, result):
    values = result["pSTAT3"].values[0][[2, 6, 10]] / 250.0
    hours = result["time"].values[[2, 6, 10]]
    rows = "\n".join(
        f"{t!r},h,pSTAT3,{v!r},0.5" for t, v in zip(hours.tolist(), values.tolist(), strict=True)
    )
    found = scaled(read_overlay(table(f"{HEAD},sd\n{rows}\n9,h,pSTAT3,1,1\n"), result), result)
    assert found.scales["pSTAT3"] == pytest.approx(250.0)
    assert found.scales["SOCS3"] == 1.0
    assert found.points[0].sd == pytest.approx(125.0)


@pytest.mark.parametrize("value", ["0", "-1"])
def test_what_cannot_be_scaled_is_refused(table, result, value):
    overlay = read_overlay(table(f"{HEAD}\n20,min,pSTAT3,{value}\n"), result)
    with pytest.raises(InputError, match="cannot be scaled"):
        scaled(overlay, result)


def test_doses_choose_the_lane(table, series):
    overlay = read_overlay(table(f"{HEAD},dose\n20,min,pSTAT3,1,10\n"), series)
    factor = scaled(overlay, series).scales["pSTAT3"]
    expected = float(series["pSTAT3"][1].interp(time=1 / 3))
    assert factor == pytest.approx(expected)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("x,min,pSTAT3,1", "table.number"),
        ("nan,min,pSTAT3,1", "table.number"),
        ("1,min,pSTAT3,=1+1", "table.number"),
        ("1,min,pSTAT3,", "table.number"),
        ("1,min,pSTAT3,1e999", "table.number"),
        ("1,min,=cmd(),1", "observable.unknown"),
        ("1,min,HAMP_mRNA,1", "observable.unknown"),
        ("1,nM,pSTAT3,1", "unit.clash"),
        ("1,,pSTAT3,1", "unit.clash"),
        ("1,min,pSTAT3", "table.cells"),
    ],
)
def test_faults_name_their_line(table, result, row, wanted):
    assert codes(table(f"{HEAD}\n1,min,pSTAT3,1\n{row}\n"), result) == [(wanted, 3)]


def test_optional_columns_are_checked(table, result):
    rows = "1,min,pSTAT3,1,-1,,\n1,min,pSTAT3,1,,kg,\n1,min,pSTAT3,1,,,5\n"
    found = codes(table(f"{HEAD},sd,unit,dose\n{rows}"), result)
    assert found == [("overlay.negative", 2), ("unit.clash", 3), ("overlay.dose", 4)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HEAD + "\n", "overlay.empty"),
        ("time,value\n1,2\n", "table.columns"),
        (HEAD + ",mystery\n1,min,pSTAT3,1,2\n", "table.columns"),
        (b"\xff\xfe\x00", "file.encoding"),
        (b"", "table.columns"),
    ],
)
def test_what_is_no_table(table, result, text, wanted):
    assert codes(table(text), result)[0][0] == wanted


def test_a_missing_file(tmp_path, result):
    assert codes(tmp_path / "no.csv", result) == [("file.missing", None)]
    assert codes(tmp_path, result) == [("file.missing", None)]


def test_too_many_points(table, result):
    rows = "1,min,pSTAT3,1\n" * 100_001
    assert codes(table(f"{HEAD}\n{rows}"), result) == [("overlay.too-many", None)]


def test_a_measurement_may_have_no_spread_and_be_of_dose_0(table, series):
    [point] = read_overlay(table(f"{HEAD},sd,dose\n20,min,pSTAT3,-1,0,0\n"), series).points
    assert (point.value, point.sd, point.dose) == (-1.0, 0.0, 0.0)
