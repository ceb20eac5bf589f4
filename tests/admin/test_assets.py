from admin import assets


def test_what_was_not_built_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    (tmp_path / "tokens.css").touch()
    assert assets.missing_assets() == ["htmx.min.js"]
