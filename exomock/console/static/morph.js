// Make a part of the page like a fresh one, and keep what a person has in hand: the focus, what he
// has opened, what he types.

export function morph(old, fresh) {
  attributes(old, fresh);
  const kept = new Map([...old.children].filter((each) => each.id).map((each) => [each.id, each]));
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const known = next.id ? kept.get(next.id) : at && !at.id && same(at, next) ? at : null;
    if (!known || !same(known, next)) {
      old.insertBefore(next, at);
      continue;
    }
    if (known === at) at = at.nextSibling;
    else old.insertBefore(known, at);
    if (known.nodeType === Node.ELEMENT_NODE) morph(known, next);
    else if (known.nodeValue !== next.nodeValue) known.nodeValue = next.nodeValue;
    kept.delete(next.id);
  }
  while (at) {
    const next = at.nextSibling;
    away(at);
    at = next;
  }
}

const same = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName;

function attributes(old, fresh) {
  if (old.nodeName === "INPUT" || old.nodeName === "TEXTAREA" || old.nodeName === "SELECT") return;
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open" && name !== "aria-busy") old.removeAttribute(name);
}

// The focus does not fall out of the page with a button that is no more. What is hidden, as the link
// for pages without a script, takes none.
function away(node) {
  if (node.contains(document.activeElement)) {
    const near = node.parentElement?.closest("[role=group], li, section, main");
    node.remove();
    const shown = [...(near?.querySelectorAll("button, a[href]") ?? [])].find((each) => each.checkVisibility());
    (shown ?? document.getElementById("main")).focus();
  } else node.remove();
}
