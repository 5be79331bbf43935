"""Variables of the environment, as the real pip and npm read them."""

import io
import zipfile

import pytest
from support.packages import write_node_package, write_wheel

from fc_client import Code, DependencyError


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("npm_config_offline", "true")


class TestInstallations:
    @pytest.fixture
    def install(self, tmp_path, monkeypatch):
        """Return what is installed for the list in the directory "function"."""
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
        (tmp_path / "function").mkdir()

        def install():
            code = Code.from_directory(
                tmp_path / "function", install=True, cache_dir=tmp_path / "cache"
            )
            with zipfile.ZipFile(io.BytesIO(b"".join(code.chunks()))) as archive:
                return {name: archive.read(name).decode() for name in archive.namelist()}

        return install

    def test_variables_in_a_list_of_pip_are_a_part_of_it(self, install, tmp_path, monkeypatch):
        for version in ("1.0", "2.0"):
            write_wheel(tmp_path / "wheels", "greet", {"greet.py": version}, version=version)
        (tmp_path / "function" / "requirements.txt").write_text("greet==${GREET_VERSION}\n")
        for version in ("1.0", "2.0"):
            monkeypatch.setenv("GREET_VERSION", version)
            assert install()["greet.py"] == version

    def test_values_of_variables_are_not_shown(self, install, tmp_path, monkeypatch):
        monkeypatch.setenv("INDEX_TOKEN", "t0ken-of-tests")
        (tmp_path / "function" / "requirements.txt").write_text("./${INDEX_TOKEN}/missing.whl\n")
        with pytest.raises(DependencyError) as caught:
            install()
        assert "missing.whl" in str(caught.value)
        assert "t0ken-of-tests" not in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "value"), [("PIP_DRY_RUN", "1"), ("PIP_TARGET", "elsewhere"), ("PIP_ROOT", "r")]
    )
    def test_settings_of_pip_for_another_place_are_ignored(
        self, install, tmp_path, monkeypatch, name, value
    ):
        write_wheel(tmp_path / "wheels", "greet", {"greet.py": ""})
        (tmp_path / "function" / "requirements.txt").write_text("greet\n")
        monkeypatch.setenv(name, value)
        assert "greet.py" in install()

    @pytest.mark.parametrize(
        "name", ["npm_config_dry_run", "NPM_CONFIG_GLOBAL", "npm_config_package_lock_only"]
    )
    def test_settings_of_npm_for_another_place_are_ignored(
        self, install, tmp_path, monkeypatch, name
    ):
        write_node_package(tmp_path / "greet", "greet", "")
        write_node_package(
            tmp_path / "function", "function", "", dependencies={"greet": "file:../greet"}
        )
        monkeypatch.setenv("npm_config_prefix", str(tmp_path / "global"))
        monkeypatch.setenv(name, "true")
        assert "node_modules/greet/index.js" in install()
        assert not (tmp_path / "global").exists()
