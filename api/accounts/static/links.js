"use strict";
// The token stands behind the #, which the browser sends to nobody; here it goes into a request's body.

const token = decodeURIComponent(location.hash.slice(1));
const status = document.querySelector("[role=status]");

const actions = {
  async reset(fields) {
    await post("/auth/password-reset:confirm", { token, ...fields });
    return "The new password counts from now on. You are logged out everywhere else.";
  },
  async join(fields) {
    const login = await secondStep(await post("/auth/login", fields));
    return joined(await post("/api/v1/invitations:accept", { token }, login.access_token));
  },
  async register(fields) {
    await post("/auth/register", { invitation: token, ...fields });
    return "Your account is made, and you are a member of the project.";
  },
};

/** The log-in itself, once a code is given where the account has a second factor. */
async function secondStep(login) {
  if (!login.mfa_required) return login;
  const code = prompt("Code of your authenticator app, or a recovery code") || "";
  const method = code.trim().length === 6 ? "totp" : "recovery-code";
  return post("/auth/login:verify", { mfa_token: login.mfa_token, proof: { method, code: code.trim() } });
}

function joined(member) {
  return `You are a member of the project, as ${member.role}.`;
}

async function post(path, body, login) {
  const headers = { "Content-Type": "application/json" };
  if (login) headers.Authorization = `Bearer ${login}`;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" });
  const text = await answer.text();
  const said = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error(words(said));
  return said;
}

/** A problem document, for people. */
function words(problem) {
  const faults = (problem.errors || []).map((fault) => `${fault.pointer.slice(1)}: ${fault.detail}`);
  return [problem.detail || problem.title, ...faults].join("; ");
}

for (const form of document.forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    status.textContent = "…";
    try {
      status.textContent = await actions[form.id](Object.fromEntries(new FormData(form)));
      for (const each of document.forms) each.hidden = true;
    } catch (error) {
      status.textContent = error.message;
    }
  });
}

if (!token) status.textContent = "This link is not complete; open it as it was sent.";
