from admin import assets


def test_what_was_not_built_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "HOUSE", tmp_path)
    (tmp_path / "admin/static/vendor").mkdir(parents=True)
    (tmp_path / "admin/static/vendor/tokens.css").touch()
    assert assets.missing_assets() == [
        "admin/static/vendor/htmx.min.js",
        "bot/form/static/vendor/liff.js",
        "bot/form/static/vendor/tokens.css",
        "bot/richmenu/vendor/NotoSansJP_500Medium.ttf",
    ]


def test_what_make_install_built_is_all_there():
    assert assets.missing_assets() == []
