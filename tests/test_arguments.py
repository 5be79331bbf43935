import enum

import pytest

from fc_client import LogConfig, _arguments

PASSED_ON = [
    (_arguments.text, ["", "a", "服务"]),
    (_arguments.required_text, ["a"]),
    (_arguments.header, ["", "a b", '"e1"']),
    (_arguments.integer, [0, -1, 10**20]),
    (_arguments.boolean, [True, False]),
    (_arguments.required_boolean, [True, False]),
    (_arguments.string_map, [{}, {"aKey": ""}]),
    (_arguments.texts, [[], ["a", ""]]),
    (_arguments.required_map, [{}, {"aKey": ""}]),
    (_arguments.number_map, [{}, {"aKey": 1, "bKey": 0.5}]),
    (_arguments.structure, [{}, {"a_key": [None, 1.5]}]),
    (_arguments.required_structure, [{}, {"a_key": None}]),
]

REFUSED = [
    (_arguments.text, 1, TypeError, "expected a str, got int"),
    (_arguments.texts, "a", TypeError, "expected a list of str, got str"),
    (_arguments.texts, {"a"}, TypeError, "expected a list of str, got set"),
    (_arguments.texts, ["a", None], TypeError, "expected a list of str, got None in it"),
    (_arguments.required_map, None, TypeError, "expected a mapping, got None"),
    (_arguments.text, b"a", TypeError, "expected a str, got bytes"),
    (_arguments.text, "\ud800", ValueError, "not valid Unicode"),
    (_arguments.required_text, None, TypeError, "expected a str, got None"),
    (_arguments.required_text, "", ValueError, "must not be empty"),
    (_arguments.header, 1, TypeError, "expected a str, got int"),
    (_arguments.header, "a\r\nb: c", ValueError, "is not a valid header value"),
    (_arguments.header, "é", ValueError, "is not a valid header value"),
    (_arguments.header, " a", ValueError, "is not a valid header value"),
    (_arguments.header, "a ", ValueError, "is not a valid header value"),
    (_arguments.required_boolean, None, TypeError, "expected a bool, got NoneType"),
    (_arguments.required_boolean, 0, TypeError, "expected a bool, got int"),
    (_arguments.integer, "128", TypeError, "expected an int, got str"),
    (_arguments.integer, 1.0, TypeError, "expected an int, got float"),
    (_arguments.integer, True, TypeError, "expected an int, got bool"),
    (_arguments.boolean, 1, TypeError, "expected a bool, got int"),
    (_arguments.boolean, "false", TypeError, "expected a bool, got str"),
    (_arguments.string_map, [("a", "b")], TypeError, "expected a mapping, got list"),
    (_arguments.string_map, {1: "a"}, TypeError, "keys must be str, got 1"),
    (_arguments.structure, "{}", TypeError, "expected a mapping, got str"),
    (_arguments.structure, {"a": b"b"}, TypeError, "cannot be encoded as JSON"),
    (_arguments.structure, {"a": float("nan")}, ValueError, "cannot be encoded as JSON"),
    (_arguments.required_structure, None, TypeError, "expected a mapping, got None"),
]


class TestChecks:
    @pytest.mark.parametrize(
        ("check", "value"),
        [(check, value) for check, values in PASSED_ON for value in values],
    )
    def test_value_is_passed_on(self, check, value):
        assert check("name", value) == value

    @pytest.mark.parametrize(
        "check", [row[0] for row in PASSED_ON if "required" not in row[0].__name__]
    )
    def test_none_is_passed_on(self, check):
        assert check("name", None) is None

    @pytest.mark.parametrize(("check", "value", "error", "message"), REFUSED)
    def test_nonsense_is_refused_by_name(self, check, value, error, message):
        with pytest.raises(error, match=f"^name: .*{message}"):
            check("name", value)


class TestStringMap:
    def test_value_that_is_no_text_is_named_by_its_key(self):
        with pytest.raises(TypeError, match=r"^name\['a'\]: expected a str, got int"):
            _arguments.string_map("name", {"a": 1})


class TestNumberMap:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({1: 0.5}, "weights: keys must be str, got 1"),
            ({"a": None}, r"weights\['a'\]: expected"),
        ],
    )
    def test_other_keys_and_values_are_named(self, value, message):
        with pytest.raises(TypeError, match=f"^{message}"):
            _arguments.number_map("weights", value)


class TestStructure:
    def test_structure_of_the_guide_is_written_out(self):
        structure = LogConfig("p", "l")
        assert _arguments.structure("name", structure) == {"project": "p", "logstore": "l"}


class TestJSONBytes:
    def test_is_ascii(self):
        assert _arguments.json_bytes("json", {"a": "é"}) == b'{"a": "\\u00e9"}'

    @pytest.mark.parametrize(("value", "error"), [({1, 2}, TypeError), (float("inf"), ValueError)])
    def test_what_is_no_json_is_refused(self, value, error):
        with pytest.raises(error, match=r"^json: cannot be encoded as JSON: "):
            _arguments.json_bytes("json", value)

    def test_a_circle_is_refused(self):
        value = []
        value.append(value)
        with pytest.raises(ValueError, match=r"^json: "):
            _arguments.json_bytes("json", value)

    def test_what_is_nested_too_deeply_is_refused(self):
        value = []
        for _ in range(100_000):
            value = [value]
        with pytest.raises(ValueError, match=r"^json: "):
            _arguments.json_bytes("json", value)


class TestText:
    def test_of_an_enum_is_its_value(self):
        class Kind(str, enum.Enum):
            SYNC = "Sync"

        assert f"{_arguments.text('invocation_type', Kind.SYNC)}" == "Sync"
