"use strict";
// The log-in is a cookie that no script can read. Only the name of who is logged in is shown.

const status = document.querySelector("[role=status]");
let csrf = "";
let secondStep = "";

const actions = {
  async password(fields) {
    const answer = await call("POST", "/session", fields);
    if (!answer.mfa_token) return show(answer);
    secondStep = answer.mfa_token;
    say("The password is right. Now the code:", "code");
  },
  async code(fields) {
    const code = fields.code.trim();
    const proof = { method: /^[0-9 ]+$/.test(code) ? "totp" : "recovery-code", code };
    show(await call("POST", "/session:verify", { mfa_token: secondStep, proof }));
  },
  async out() {
    await call("DELETE", "/session");
    say("You are logged out.", "password");
  },
};

function show(session) {
  csrf = session.csrf_token;
  say(`You are logged in as ${session.account.name || session.account.email}.`, "out");
}

/** Says how things stand, and leaves the one form that goes on from there. */
function say(text, form) {
  status.textContent = text;
  for (const each of document.forms) {
    each.hidden = each.id !== form;
    each.reset();
  }
}

async function call(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  const said = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error(said.detail || said.title);
  return said;
}

for (const form of document.forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await actions[form.id](Object.fromEntries(new FormData(form)));
    } catch (error) {
      status.textContent = error.message;
    }
  });
}

/** Logs in by the code of a link, whose address must not stay in the browser's history. */
async function begin() {
  const code = location.hash.startsWith("#code=") ? decodeURIComponent(location.hash.slice(6)) : "";
  if (!code) return show(await call("GET", "/session"));
  history.replaceState(null, "", location.pathname);
  await actions.password({ code });
}

begin().catch((error) => say(error.message || "You are not logged in.", "password"));
