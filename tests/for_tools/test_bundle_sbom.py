"""The list of what is in a bundle: complete, true, and in the form that others read."""

import hashlib
import json
import re

import pytest

from tests.for_tools.flashing_bundle import ROOT, bundle_in
from tools.flashing.bundle import open_bundle, sbom
from tools.rig.interpreter import find_mpy_cross

pytestmark = pytest.mark.skipif(find_mpy_cross() is None, reason="no mpy-cross installed")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    path, public = bundle_in(tmp_path_factory.mktemp("bundle"))
    return open_bundle(path, [public])


@pytest.fixture(scope="module")
def listed(bundle):
    return bundle.sbom()


def named(listed, ref):
    return next(each for each in listed["components"] if each["bom-ref"] == ref)


def test_it_is_cyclonedx_of_a_version_that_the_bsi_takes(listed):
    assert (listed["bomFormat"], listed["specVersion"], listed["version"]) == (
        "CycloneDX",
        "1.6",
        1,
    )
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", listed["serialNumber"]
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", listed["metadata"]["timestamp"])


def test_all_that_runs_on_any_board_is_in_it_with_its_sums(bundle, listed):
    refs = {each["bom-ref"] for each in listed["components"]}
    for board in bundle.boards:
        for profile in bundle.profiles:
            if isinstance(bundle._index[board]["node"][profile], str):
                continue
            for path, data in bundle.files(board, profile).items():
                if not path.endswith((".mpy", ".py")):
                    continue
                ref = path[1:] if path.startswith("/lib/") else f"scripts{path}"
                sums = {each["alg"]: each["content"] for each in named(listed, ref)["hashes"]}
                assert sums["SHA-512"] == hashlib.sha512(data).hexdigest()
                assert sums["SHA-256"] == hashlib.sha256(data).hexdigest()
                refs.discard(ref)
    assert all(
        ref.startswith(("micropython", "esp-idf", "lib/node/modem", "lib/protocol/modem"))
        for ref in refs
    )


def test_micropython_and_what_it_stands_on_have_version_licence_and_maker(bundle, listed):
    for chip in bundle.chips:
        each = named(listed, f"micropython-{chip}")
        assert (each["name"], each["version"], each["type"]) == (
            "MicroPython",
            "1.26.0",
            "firmware",
        )
        assert each["licenses"][0]["license"]["id"] == "MIT"
        sums = {one["alg"]: one["content"] for one in each["hashes"]}
        assert sums["SHA-512"] == hashlib.sha512(bundle.image(chip).data).hexdigest()
    idf = named(listed, "esp-idf-v5.4.2")
    assert (idf["version"], idf["licenses"][0]["license"]["id"]) == ("5.4.2", "Apache-2.0")


def test_each_component_says_what_tr_03183_asks_for(listed):
    for each in listed["components"]:
        assert each["supplier"]["name"]
        assert each["version"]
        assert each["licenses"]
        if each["bom-ref"].startswith("esp-idf"):
            continue  # no file of its own
        told = {line["name"]: line["value"] for line in each["properties"]}
        assert told["bsi:component:filename"] == each["bom-ref"].rpartition("/")[2] or (
            each["name"] == "MicroPython"
        )
        assert told["bsi:component:executable"] == "executable"
        assert told["bsi:component:archive"] == "no archive"
        assert told["bsi:component:structured"] in ("structured", "unstructured")


def test_who_depends_on_whom_leads_to_everything_and_says_where_it_ends(listed):
    below = {each["ref"]: each["dependsOn"] for each in listed["dependencies"]}
    refs = {each["bom-ref"] for each in listed["components"]} | {"neckar-firmware"}
    assert set(below) == refs
    seen, waiting = set(), ["neckar-firmware"]
    while waiting:
        ref = waiting.pop()
        seen.add(ref)
        waiting += set(below[ref]) - seen
    assert seen == refs
    told = {each["aggregate"]: each["dependencies"] for each in listed["compositions"]}
    assert set(told["complete"]) | set(told["incomplete"]) == refs
    assert "micropython-esp32" in told["incomplete"]


def test_the_firmware_says_its_commit(bundle, listed):
    told = {each["name"]: each["value"] for each in listed["metadata"]["component"]["properties"]}
    assert told["neckar:commit"] == bundle.commit
    assert told["neckar:dirty"] == str(bundle.is_dirty).lower()
    assert listed["metadata"]["component"]["version"] == bundle.version


def test_the_licence_is_that_of_the_project():
    assert f'license = {{ text = "{sbom.LICENCE}" }}' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("", {"name": "City"}),
        ("iot@city.example", {"name": "City", "contact": [{"email": "iot@city.example"}]}),
        ("https://city.example", {"name": "City", "url": ["https://city.example"]}),
    ],
)
def test_who_answers_for_it_is_said(bundle, contact, told):
    made = sbom.sbom(bundle._facts, bundle._members, sbom.Maker("City", contact))
    assert made["metadata"]["manufacturer"] == told
    assert json.dumps(made).count('"City"') > 100
