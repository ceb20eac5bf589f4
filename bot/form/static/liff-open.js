// Opened from LINE: proves to the server whose LINE account this is, and only then goes on to the form.
(() => {
  "use strict";
  const opening = document.getElementById("opening");
  const say = (what) => {
    for (const part of opening.querySelectorAll("[data-say]")) part.hidden = part.dataset.say !== what;
  };
  // Before LINE's SDK has put the address right, the query stands inside `liff.state`.
  const asked = new URLSearchParams(location.search);
  const state = new URLSearchParams((asked.get("liff.state") || "").split("?")[1] || "");
  const token = asked.get("form") || state.get("form") || "";

  const open = async () => {
    if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return say("failed");
    try {
      await liff.init({ liffId: opening.dataset.liff });
    } catch {
      return say("outside");
    }
    const proof = liff.isLoggedIn() && liff.getIDToken();
    if (!proof) return say(liff.isInClient() ? "failed" : "outside");
    try {
      const body = new URLSearchParams({ id_token: proof });
      const answer = await fetch(`/form/${token}/proof`, { method: "POST", body, redirect: "manual" });
      // Left in a hurry: the link leads away.
      if (answer.type === "opaqueredirect") return location.replace(document.documentElement.dataset.exit);
      if (answer.status === 204) return location.replace(`/form/${token}`);
      say(answer.status === 404 ? "failed" : "away");
    } catch {
      say("away");
    }
  };
  document.getElementById("login").addEventListener("click", () => {
    try {
      liff.login({ redirectUri: location.href });
    } catch {
      say("failed");
    }
  });
  open();
})();
