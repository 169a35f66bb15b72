from jakstat.errors import InputError, Outcome, Problem, problem


def test_problem_tells_place_message_hint_and_code():
    found = Problem("table.number", "'x' is no number", "a.csv", 3, 7, "value", "give a number")
    assert str(found) == "a.csv:3:7 value: 'x' is no number. give a number [table.number]"
    assert found.to_dict()["line"] == 3


def test_problem_without_a_place():
    assert str(Problem("a.b", "wrong.")) == "wrong. [a.b]"


def test_input_error_carries_all_and_is_a_value_error():
    error = InputError(Problem(f"a.{i}", "wrong") for i in range(3))
    assert isinstance(error, ValueError)
    assert [p.code for p in error.problems] == ["a.0", "a.1", "a.2"]
    assert str(error).count("\n") == 2


def test_problem_builder_keeps_every_field():
    (found,) = problem("a.b", "m", file="f", line=1, column=2, field="c", hint="h").problems
    assert found == Problem("a.b", "m", "f", 1, 2, "c", "h")


def test_every_outcome_has_a_sentence():
    sentences = {outcome.sentence for outcome in Outcome}
    assert len(sentences) == len(Outcome)
