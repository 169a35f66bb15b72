"""What the library of SBML makes of formulas."""


def row_libsbml_two_logs():
    import libsbml

    old, new = libsbml.parseFormula("log(100)"), libsbml.parseL3Formula("log(100)")
    assert old.getType() == libsbml.AST_FUNCTION_LN
    assert new.getType() == libsbml.AST_FUNCTION_LOG
    return f"{libsbml.formulaToL3String(old)}; {libsbml.formulaToL3String(new)}"
