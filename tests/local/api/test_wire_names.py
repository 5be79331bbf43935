import pytest

from fc_client.local.api.wire_names import with_wire_names


class TestWithWireNames:
    @pytest.mark.parametrize(
        ("given", "spelled"),
        [
            ({"ServiceName": "s"}, {"serviceName": "s"}),
            (
                {"SERVICENAME": "s", "internetaccess": True},
                {"serviceName": "s", "internetAccess": True},
            ),
            ({"LogConfig": {"LogStore": "l"}}, {"logConfig": {"logstore": "l"}}),
            ({"VPCConfig": {"VSwitchIds": ["A"]}}, {"vpcConfig": {"vSwitchIds": ["A"]}}),
            ({"Code": {"ZipFile": "x"}}, {"code": {"zipFile": "x"}}),
            (
                {"NASConfig": {"MountPoints": [{"ServerAddr": "a"}]}},
                {"nasConfig": {"mountPoints": [{"serverAddr": "a"}]}},
            ),
            (
                {"TriggerConfig": {"Filter": {"Key": {"PREFIX": "p"}}, "CronExpression": "c"}},
                {"triggerConfig": {"filter": {"key": {"prefix": "p"}}, "cronExpression": "c"}},
            ),
            ({"VersionID": "1", "ALIASNAME": "a"}, {"versionId": "1", "aliasName": "a"}),
            (
                {"CertConfig": {"CertName": "c", "PrivateKey": "k", "Certificate": "t"}},
                {"certConfig": {"certName": "c", "privateKey": "k", "certificate": "t"}},
            ),
            (
                {"DestinationConfig": {"OnSuccess": {"Destination": "arn"}}},
                {"destinationConfig": {"onSuccess": {"destination": "arn"}}},
            ),
            (
                {"TriggerConfig": {"NotifyContentFormat": "JSON", "Enable": True}},
                {"triggerConfig": {"notifyContentFormat": "JSON", "enable": True}},
            ),
            (
                {"RouteConfig": {"Routes": [{"Path": "/", "ServiceName": "s"}]}},
                {"routeConfig": {"routes": [{"path": "/", "serviceName": "s"}]}},
            ),
        ],
    )
    def test_known_keys_are_spelled_as_in_the_guide(self, given, spelled):
        assert with_wire_names(given) == spelled

    @pytest.mark.parametrize(
        "document",
        [
            {"environmentVariables": {"PATH": "a", "Path": "b", "description": "c"}},
            {"tracingConfig": {"params": {"Endpoint": "x"}}},
            {"triggerConfig": {"functionParameter": {"Payload": "x"}}},
            {"tags": {"Role": "x"}},
            {"additionalVersionWeight": {"2": 0.5}},
            {"triggerConfig": {"eventSourceConfig": {"eventSourceParameters": {"Name": "x"}}}},
        ],
    )
    def test_keys_of_free_maps_stay(self, document):
        assert with_wire_names(document) == document

    def test_an_unknown_field_starts_in_lower_case_and_keeps_the_keys_below_it(self):
        assert with_wire_names({"NewField": {"Any": 1}}) == {"newField": {"Any": 1}}

    def test_of_two_spellings_the_last_one_counts(self):
        assert with_wire_names({"role": "a", "ROLE": "b"}) == {"role": "b"}
        assert with_wire_names({"ROLE": "b", "role": "a"}) == {"role": "a"}

    @pytest.mark.parametrize("value", [None, 1, "x", [1, [2]], True])
    def test_values_of_another_type_are_left_to_validation(self, value):
        assert with_wire_names({"LogConfig": value}) == {"logConfig": value}
