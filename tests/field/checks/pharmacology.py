"""What tools make of dose tables and of matrices of two drugs."""

import pathlib
import tempfile

DOSES = "ID,TIME,AMT,ADDL,II,DV,MDV,EVID\n1,0,100,3,24,0,1,1\n1,12,0,0,0,5,0,0\n1,100,0,0,0,1,0,0\n"


def nonmem(text):
    """A data set as the data of a NONMEM model."""
    from pharmpy.model import Model

    file = pathlib.Path(tempfile.mkdtemp(), "d.csv")
    file.write_text(text)
    head = text.splitlines()[0].replace(",", " ")
    code = f"$PROBLEM d\n$DATA {file} IGNORE=@\n$INPUT {head}\n$SUBROUTINE ADVAN2 TRANS2\n$PK\nCL=THETA(1)\n"
    code += "V=THETA(2)\nKA=THETA(3)\n$ERROR\nY=F+EPS(1)\n$THETA (0,1) (0,1) (0,1)\n$SIGMA 1\n"
    return Model.parse_model_from_string(code + "$ESTIMATION METHOD=1\n"), file


def row_pharmpy_addl_untyped():
    from pharmpy.modeling import create_basic_pk_model, expand_additional_doses

    parsed, file = nonmem(DOSES)
    basic = create_basic_pk_model("oral", dataset_path=file)
    kinds = {column.name: column.type for column in basic.datainfo}
    seen = [len(expand_additional_doses(m).dataset) for m in (parsed, basic)]
    assert seen == [6, 3]
    assert (kinds["ADDL"], kinds["II"]) == ("unknown", "ii")
    return f"rows after expanding, of a parsed model and of a basic one: {seen}; ADDL is {kinds['ADDL']}"


def row_pharmpy_blank_is_zero():
    from pharmpy.modeling import get_observations

    model, _ = nonmem("ID,TIME,AMT,DV,MDV\n1,0,100,0,1\n1,2,0,5,0\n1,4,0,,0\n")
    seen = get_observations(model).tolist()
    assert seen == [5.0, 0.0]
    return f"observations: {seen}"


def row_pharmpy_id_that_returns():
    model, _ = nonmem("ID,TIME,AMT,DV\n1,0,100,\n2,2,,5\n1,3,,7\n")
    seen = model.dataset[["ID", "DV"]].to_numpy().tolist()
    assert seen == [[2.0, 5.0], [3.0, 7.0]]
    return f"ID and DV: {seen}"


def row_pharmpy_clock_times():
    model, _ = nonmem("ID,TIME,AMT,DV\n1,0:00,100,.\n1,1:30,.,5\n")
    seen = model.dataset["TIME"].tolist()
    assert seen == ["0:00", "1:30"]
    return f"{seen}"


def row_synergy_takes_viability():
    import numpy as np
    from synergy.combination import Bliss

    a, b = (d.ravel() for d in np.meshgrid([0.0, 10.0], [0.0, 10.0], indexing="ij"))
    viability = np.array([1.0, 0.5, 0.5, 0.25])  # by hand: two independent drugs, no excess
    given = (viability, 1.0 - viability, 100.0 * viability)
    seen = [float(np.asarray(Bliss().fit(a, b, e))[-1]) for e in given]
    assert seen == [0.0, -0.5, 2475.0]
    return f"excess from viability, effect, percent: {seen}"
