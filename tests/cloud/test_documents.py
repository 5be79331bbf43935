import json

import pytest

from fc_client import ResponseError
from fc_client.cloud import policy_document, trust_document, trusts
from fc_client.cloud.documents import as_text, parse_document, with_statement

DOCUMENT = policy_document(["log:Get"], ["acs:log:*:*:a", "acs:log:*:*:b"])


def test_trust_of_services():
    document = trust_document("fc.aliyuncs.com", "oss.aliyuncs.com")

    (statement,) = document["Statement"]
    assert statement["Principal"] == {"Service": ["fc.aliyuncs.com", "oss.aliyuncs.com"]}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
    assert document["Version"] == "1"


SERVICE = "fc.aliyuncs.com"


def statement(**changes):
    allowing = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": [SERVICE]},
    }
    return {**allowing, **changes}


class TestTrusts:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"Principal": {"Service": SERVICE}},
            {"Principal": {"Service": ["oss.aliyuncs.com", SERVICE], "RAM": ["acs:ram::1:root"]}},
            {"Action": ["sts:AssumeRole"]},
            {"Action": ["sts:TagSession", "sts:*"]},
            {"Action": "*"},
            {"Action": "STS:assumerole"},
            {"Condition": {"StringEquals": {"acs:SourceAccount": "1"}}},
        ],
    )
    def test_statement_that_allows(self, changes):
        other = statement(Principal={"RAM": ["acs:ram::1:root"]})
        assert trusts({"Version": "1", "Statement": [other, statement(**changes)]}, SERVICE)

    @pytest.mark.parametrize(
        "changes",
        [
            {"Effect": "Deny"},
            {"Effect": None},
            {"Principal": {"Service": ["oss.aliyuncs.com"]}},
            {"Principal": {"RAM": [SERVICE]}},
            {"Principal": {"Service": f"{SERVICE}.example"}},
            {"Principal": "*"},
            {"Principal": None},
            {"Action": "sts:GetCallerIdentity"},
            {"Action": "sts:AssumeRoleWithSAML"},
            {"Action": "ram:*"},
            {"Action": "stsxAssumeRole"},
            {"Action": [1, None]},
            {"Action": None, "NotAction": "ram:*"},
        ],
    )
    def test_statement_that_does_not(self, changes):
        assert not trusts({"Version": "1", "Statement": [statement(**changes)]}, SERVICE)

    def test_denial_counts_more(self):
        denying = statement(Effect="Deny", Action="sts:*")
        assert not trusts({"Statement": [statement(), denying]}, SERVICE)
        conditional = {**denying, "Condition": {"Bool": {"acs:SecureTransport": "false"}}}
        assert trusts({"Statement": [statement(), conditional]}, SERVICE)

    @pytest.mark.parametrize("document", [None, {}, {"Statement": "x"}, {"Statement": [None, 1]}])
    def test_document_without_statements(self, document):
        assert not trusts(document, SERVICE)

    def test_one_statement_without_a_list(self):
        assert trusts({"Statement": statement()}, SERVICE)


def test_texts_are_sent_as_they_are():
    assert as_text("{not json") == "{not json"
    assert json.loads(as_text({"a": "ü"})) == {"a": "ü"}


class TestWithStatement:
    def test_it_adds_one_and_drops_none(self):
        extended = with_statement(DOCUMENT, ["oss:Put"], ["*"])

        assert extended["Statement"][:1] == DOCUMENT["Statement"]
        assert extended["Statement"][1:] == policy_document(["oss:Put"], ["*"])["Statement"]
        assert extended["Version"] == "1"
        # The original is not changed.
        assert len(DOCUMENT["Statement"]) == 1

    @pytest.mark.parametrize(
        "statement",
        [
            {"Effect": "Allow", "Action": ["a", "b"], "Resource": ["x", "y"]},
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Allow", "Action": ["b", "*"], "Resource": "x"},
            {"Effect": "Allow", "Action": "a", "Resource": ["x"], "Condition": {}},
        ],
    )
    def test_what_is_allowed_already_is_not_added(self, statement):
        document = {"Version": "1", "Statement": [statement]}

        assert with_statement(document, ["a"], ["x"]) is document

    @pytest.mark.parametrize(
        "statement",
        [
            {"Effect": "Deny", "Action": "a", "Resource": "x"},
            {"Effect": "Allow", "Action": "a", "Resource": "y"},
            # The original compared the resources alone.
            {"Effect": "Allow", "Action": "b", "Resource": "x"},
            {"Effect": "Allow", "NotAction": "b", "Resource": "x"},
            {"Effect": "Allow", "Action": "a", "Resource": "x", "Condition": {"k": "v"}},
        ],
    )
    def test_what_is_not_is(self, statement):
        document = {"Version": "1", "Statement": [statement]}

        assert len(with_statement(document, ["a"], ["x"])["Statement"]) == 2

    def test_a_document_without_statements(self):
        assert len(with_statement({"Version": "1"}, ["a"], ["x"])["Statement"]) == 1


class TestParse:
    def test_none(self):
        assert parse_document(None) is None
        assert parse_document("") is None

    @pytest.mark.parametrize("text", ["{", "[]", "1"])
    def test_bad_ones(self, text):
        with pytest.raises(ResponseError, match="policy"):
            parse_document(text)
