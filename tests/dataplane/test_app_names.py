import pytest

from cfnet.dataplane.app_names import NamedInstance, addresses, label

_B0 = NamedInstance("guid-b", "appB", "dev", "demo", 0, "10.255.77.4")
_B1 = NamedInstance("guid-b", "appB", "dev", "demo", 1, "10.255.78.4")
_OTHER = NamedInstance("guid-c", "appB", "prod", "demo", 0, "10.255.77.5")


def test_an_app_has_the_addresses_of_its_instances_and_each_instance_its_own() -> None:
    found = addresses([_B0, _B1])

    assert found["appb"] == ("10.255.77.4", "10.255.78.4")
    assert found["0.appb"] == ("10.255.77.4",)
    assert found["1.appb"] == ("10.255.78.4",)
    assert "2.appb" not in found


def test_of_apps_with_one_name_the_oldest_has_it_and_all_have_longer_ones() -> None:
    found = addresses([_B0, _OTHER, _B1])

    assert found["appb"] == ("10.255.77.4", "10.255.78.4")
    assert found["appb.prod.demo"] == found["0.appb.prod.demo"] == ("10.255.77.5",)
    assert found["appb.dev.demo"] == ("10.255.77.4", "10.255.78.4")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        pytest.param("appA", "appa", id="in lower case"),
        pytest.param("my_app v2", "my-app-v2", id="underscores and spaces become hyphens"),
        pytest.param("shop.web!", "shopweb", id="other characters are dropped"),
        pytest.param("-x-", "x", id="hyphens at the ends are dropped"),
        pytest.param("Ärger", "rger", id="only ASCII remains"),
        pytest.param("日本", "", id="nothing remains"),
        pytest.param("a" * 70, "a" * 63, id="the longest label"),
    ],
)
def test_names_become_host_names_as_routes_do(name: str, host: str) -> None:
    assert label(name) == host


def test_an_app_without_a_host_name_has_none() -> None:
    assert addresses([_B0._replace(name="日本")]) == {}
