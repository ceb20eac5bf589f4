// Saves as one types, keeps trying while the net is away, and sends photos by themselves. Nothing is kept on the phone.
(() => {
  "use strict";
  const PAUSE = 800; // milliseconds after the last key
  const GIVE_UP = 15000;
  const LONGEST_WAIT = 15000;
  const WARN_BEFORE = 300000;
  const MOST_ALONG = 60000; // bytes that a browser sends for a page that is gone
  const form = document.getElementById("fields");
  // An older browser keeps the page as it is without a script: it has a button for each thing that is done here.
  const able = window.AbortSignal && AbortSignal.timeout && form.requestSubmit && "submitter" in SubmitEvent.prototype;
  if (!able) return;
  const revision = form.elements.revision;
  const danger = document.getElementById("danger");
  const until = document.getElementById("until");
  const status = document.getElementById("saved");
  const story = document.getElementById("f-story");
  const count = document.getElementById("count");

  const say = (state) => {
    if (status.dataset.state === state) return;
    status.dataset.state = state;
    status.textContent = status.dataset[state] || "";
  };

  // Each save gives more time.
  let ends = [];
  const endIn = (seconds) => {
    for (const end of ends) clearTimeout(end);
    const left = seconds * 1000;
    ends = [setTimeout(() => say("soon"), Math.max(0, left - WARN_BEFORE)), setTimeout(() => say("over"), left)];
  };
  endIn(Number(status.dataset.left));

  const words = () => {
    const texts = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "revision") texts.append(name, value);
    }
    return texts.toString();
  };
  const post = (body, options = {}) =>
    fetch(form.action, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(GIVE_UP), ...options });
  // A save may outlive the page, where the browser can take it along.
  const send = (texts) => {
    const body = new URLSearchParams(texts);
    body.set("part", "draft");
    body.set("revision", revision.value);
    return post(body, { keepalive: body.toString().length < MOST_ALONG });
  };

  let kept = words();
  let unanswered = ""; // sent, and perhaps saved
  let timer = 0;
  let wait = 1000;
  let turn = Promise.resolve();

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };
  const told = async (answer) => {
    if (answer.type === "opaqueredirect") return "moved";
    if (answer.status === 404) return "over";
    if (answer.status === 413) return "long";
    if (answer.status !== 200 && answer.status !== 422) return "failed";
    const news = await answer.json();
    if (news.danger) danger.hidden = false;
    if (!answer.ok) return news.conflict ? "other" : "long";
    revision.value = news.revision;
    until.textContent = news.until;
    endIn(news.left);
    return "saved";
  };
  const saveOnce = async () => {
    // What may have been saved goes again as it was: the server knows it, where a newer text would look like a stranger's.
    const isAgain = Boolean(unanswered);
    const now = unanswered || words();
    if (!form.isConnected || now === kept) return status.dataset.state || "saved";
    let state = "failed";
    unanswered = now;
    try {
      state = await told(await send(now));
    } catch {
      // The net is away; said below.
    }
    if (state === "saved") {
      kept = now;
      wait = 1000;
    }
    if (state === "failed") later();
    else unanswered = "";
    say(state);
    return isAgain && !unanswered && words() !== now ? saveOnce() : state;
  };
  // One after another: an older text must not arrive behind a newer one, nor with a revision that is no longer.
  const save = () => (turn = turn.then(saveOnce, saveOnce));

  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
    showCount();
  });
  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });

  // What is on its way to the next page is saved first: without net the page stays, with every word on it. Where the
  // server has something to show (two texts to put together, words to copy), the page goes on to that.
  let going = false;
  form.addEventListener("submit", async (event) => {
    const by = event.submitter;
    if (going) return;
    if (by && by.classList.contains("leave")) return leaveWithoutNet(event);
    event.preventDefault();
    if (by && by.name === "remove") return removePhoto(by);
    const state = await save();
    if (state === "failed" || state === "moved") return status.scrollIntoView({ block: "nearest" });
    // The browser takes no second submission while it still tells of the first.
    setTimeout(() => {
      going = true;
      form.requestSubmit(by);
    });
  });
  // Only when the script that leaves did not come: the button then leaves by itself, as long as there is a net.
  const leaveWithoutNet = (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    location.replace(document.documentElement.dataset.exit);
  };

  const showCount = () => {
    const most = Number(count.dataset.most);
    const length = [...story.value.trim()].length;
    count.hidden = length < most * 0.8;
    count.textContent = `${length.toLocaleString("ja")} / ${most.toLocaleString("ja")}`;
    count.toggleAttribute("data-over", length > most);
  };
  showCount();

  // Photos: made smaller here where the browser can, which also spares the net; the server does not rely on it.
  const LONGEST_SIDE = 2048;
  const shrunk = async (file) => {
    try {
      const image = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff"; // a JPEG lets no light through
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))) || file;
    } catch {
      return file;
    }
  };
  const photos = () => document.getElementById("photos");
  const prepare = () => {
    for (const plain of form.querySelectorAll("[data-plain]")) plain.hidden = true;
    const input = document.getElementById("photo");
    if (!input) return;
    photos().classList.add("scripted");
    input.multiple = true;
  };
  const askPhotos = async (body) => {
    photos().setAttribute("aria-busy", "true");
    body.set("part", "photos");
    try {
      const answer = await post(body, { signal: AbortSignal.timeout(120000) });
      if (answer.status !== 200 && answer.status !== 422) throw new Error("refused");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      photos().replaceWith(document.adoptNode(page.getElementById("photos")));
      prepare();
      return answer.status === 200;
    } catch {
      photos().removeAttribute("aria-busy");
      document.getElementById("photo-failed").hidden = false;
      const input = document.getElementById("photo");
      if (input) input.value = "";
      return false;
    }
  };
  const addPhotos = async (files) => {
    say("sending");
    let good = true;
    for (const file of files) {
      const body = new FormData();
      body.set("photo", await shrunk(file), "photo.jpg");
      good = (await askPhotos(body)) && good;
      if (!good) break;
    }
    say(good ? "saved" : "");
    photos().focus();
  };
  const removePhoto = async (button) => {
    const body = new FormData();
    body.set("remove", button.value);
    if (await askPhotos(body)) photos().focus();
  };
  form.addEventListener("change", (event) => {
    if (event.target.id === "photo" && event.target.files.length) addPhotos([...event.target.files]);
  });
  prepare();

  // What a quick hand typed or chose before this script was there.
  const early = document.getElementById("photo");
  if (early && early.files.length) addPhotos([...early.files]);
  const differs = (field) =>
    field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  if ([...form.querySelectorAll("textarea, input:not([type=file])")].some(differs)) {
    kept = "";
    save();
  }
})();
