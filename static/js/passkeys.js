// Passkeys: a form with data-passkey waits for what the browser's authenticator answers, and is then sent like any other.

const coded = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const plain = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const named = (credentials) => (credentials ?? []).map((credential) => ({ ...credential, id: plain(credential.id) }));

async function create({ publicKey }) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: plain(publicKey.challenge),
      user: { ...publicKey.user, id: plain(publicKey.user.id) },
      excludeCredentials: named(publicKey.excludeCredentials),
    },
  });
  return { ...told(made), response: { ...attested(made.response), attestationObject: coded(made.response.attestationObject) } };
}

async function get({ publicKey }) {
  const used = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: plain(publicKey.challenge),
      allowCredentials: named(publicKey.allowCredentials),
    },
  });
  const { authenticatorData, signature, userHandle } = used.response;
  return {
    ...told(used),
    response: {
      ...attested(used.response),
      authenticatorData: coded(authenticatorData),
      signature: coded(signature),
      userHandle: userHandle ? coded(userHandle) : null,
    },
  };
}

const told = ({ id, rawId, type }) => ({ id, rawId: coded(rawId), type, clientExtensionResults: {} });

const attested = ({ clientDataJSON }) => ({ clientDataJSON: coded(clientDataJSON) });

// The challenge stands in the page, or is asked for when it is needed: until then nobody has a session.
async function challenge(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "X-Requested-With": "XMLHttpRequest" },
    body: new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value }),
  });
  if (!answer.ok) throw new Error(`no challenge: ${answer.status}`);
  return (await answer.json()).request_options;
}

async function fill(form) {
  const trouble = form.querySelector("[data-passkey-trouble]");
  const button = form.querySelector("button");
  trouble.hidden = true;
  button.disabled = true;
  try {
    const credential = await { create, get }[form.dataset.passkey](await challenge(form));
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    // Whatever it was, the browser has told it in words of its own, or somebody has changed their mind.
    trouble.textContent = form.dataset.failed;
    trouble.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (location.hostname !== form.dataset.host || !window.isSecureContext || !window.PublicKeyCredential) continue;
  form.hidden = false;
  const around = form.closest("[data-passkey-part]");
  if (around) around.hidden = false;
  document.querySelector("[data-passkey-cannot]")?.remove();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fill(form);
  });
}
