"""What is left out of a directory's code by default."""

import warnings

import pytest

from fc_client.code.directory import members_of

PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nmade up\n-----END OPENSSH PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nmade up\n-----END CERTIFICATE-----\n"


def plant(root, *names, text="x"):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def names(root, *exclude):
    return [name for name, _ in members_of(root, exclude)]


@pytest.fixture
def root(tmp_path):
    return plant(tmp_path, "index.py")


class TestWarning:
    def test_names_everything_in_one(self, root):
        plant(root, ".env", "certs/server.key", ".vscode/settings.json", "web/.DS_Store")
        with pytest.warns(UserWarning, match="^code: left out of ") as caught:
            names(root)
        (warning,) = caught
        listed = "'.env', '.vscode/', 'certs/server.key', 'web/.DS_Store'. Secrets"
        assert listed in str(warning.message)

    def test_is_short_for_many_names(self, root):
        plant(root, *(f"{number:02}.pem" for number in range(25)))
        with pytest.warns(UserWarning, match=r"'19\.pem' and 5 more\. "):
            names(root)

    def test_does_not_name_caches_and_version_control(self, root):
        plant(root, "__pycache__/index.pyc", ".git/config", ".svn/x", "lib/a.pyc", ".hg/x")
        assert names(root) == ["index.py", "lib/"]

    def test_does_not_name_what_the_user_excludes(self, root):
        plant(root, ".env", "a/.env", ".venv/pyvenv.cfg", "deploy.pem")
        assert names(root, ".env", "/.venv", "*.pem") == ["a/", "index.py"]

    def test_is_an_error_before_anything_is_read_if_warnings_are(self, root):
        plant(root, ".env")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(UserWarning, match=r"\.env"):
                names(root)


@pytest.mark.filterwarnings("ignore:code. left out of")
class TestLeftOut:
    @pytest.mark.parametrize(
        "name",
        [
            ".env", ".env.local", "a/.env.production", "server.pem", "a/server.key", "id_rsa",
            "id_ed25519", "id_rsa.bak", "store.p12", "store.jks", ".ssh/config",
            ".aws/credentials", ".aliyun/config.json", ".netrc", ".npmrc", ".pypirc",
            "terraform.tfstate", ".venv/x", "venv/x", ".DS_Store", ".idea/x", ".vscode/x",
            ".pytest_cache/x", ".mypy_cache/x", ".ruff_cache/x", ".tox/x", ".nox/x", "a.py~",
        ],
    )  # fmt: skip
    def test_by_name(self, root, name):
        plant(root, name)
        assert name not in names(root)

    @pytest.mark.parametrize(
        "name",
        [
            ".env.example", "id_rsa.pub", "id_rsa_login.py", "venv/__init__.py", "env/a.py",
            "node_modules/a/index.js", "node_modules/a/.npmrc", "build/a.js", "dist/a.js",
            "a.egg-info/PKG-INFO", "a.dist-info/RECORD", ".well-known/x", "environment.py",
            "keys.py", "a.pub", ".gitignore",
        ],
    )  # fmt: skip
    def test_not_what_functions_need(self, root, name):
        plant(root, name)
        assert name in names(root)

    def test_virtual_environments_of_any_name(self, root):
        plant(root, "py311/pyvenv.cfg", "py311/lib/a.py", "conda/conda-meta/history", "lib/a.py")
        assert names(root) == ["index.py", "lib/a.py"]

    def test_private_keys_of_any_name(self, root):
        plant(root, "deploy", text=PRIVATE_KEY)
        plant(root, "a.txt", text="\n" + PRIVATE_KEY.replace("OPENSSH ", ""))
        plant(root, "putty", text="PuTTY-User-Key-File-3: ssh-ed25519\n")
        plant(root, "about.md", text="How to make a file with " + PRIVATE_KEY)
        assert names(root) == ["about.md", "index.py"]

    @pytest.mark.parametrize(
        "before",
        [CERTIFICATE, "Bag Attributes\n    friendlyName: a\n", "\ufeff", "\ufeff" + CERTIFICATE],
    )
    def test_private_keys_after_other_things(self, root, before):
        plant(root, "bundle.crt", text=before + PRIVATE_KEY)
        assert names(root) == ["index.py"]

    def test_private_keys_of_ssh2(self, root):
        plant(root, "a", text="---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n")
        assert names(root) == ["index.py"]

    def test_not_certificates_of_any_name(self, root):
        plant(root, "chain.crt", text=CERTIFICATE * 2)
        assert names(root) == ["chain.crt", "index.py"]

    def test_not_certificates(self, root):
        """Functions that call others need them: certifi's cacert.pem."""
        plant(root, "certifi/cacert.pem", "public.key", text="# a bundle\n" + CERTIFICATE * 99)
        plant(root, "both.pem", text=CERTIFICATE + PRIVATE_KEY)
        assert names(root) == ["certifi/cacert.pem", "index.py", "public.key"]

    def test_not_links_and_empty_files(self, root):
        (root / "link").symlink_to("nowhere")
        (root / "empty").touch()
        assert names(root) == ["empty", "index.py", "link"]


class TestHadBack:
    @pytest.mark.parametrize(
        ("name", "pattern"),
        [
            (".env", "!.env"),
            ("certs/server.key", "!certs/*.key"),
            (".venv/pyvenv.cfg", "!.venv/"),
            ("__pycache__/a.pyc", "!*"),
            ("deploy", "!deploy"),
        ],
    )
    def test_by_a_pattern(self, root, name, pattern):
        plant(root, name, text=PRIVATE_KEY if name == "deploy" else "x")
        assert name in names(root, pattern)

    def test_by_the_ignore_file(self, root):
        plant(root, ".env")
        plant(root, ".fcignore", text="!.env\n")
        assert names(root) == [".env", "index.py"]
