// In LINE's own browser the page can close itself: then the talk is there again.
(() => {
  "use strict";
  const close = document.getElementById("close");
  liff
    .init({ liffId: document.getElementById("finished").dataset.liff })
    .then(() => {
      if (!liff.isInClient()) return;
      close.hidden = false;
      close.addEventListener("click", () => liff.closeWindow());
    })
    .catch(() => {}); // Outside of LINE the sentence on the page is enough.
})();
