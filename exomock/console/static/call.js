// The page of a call: an arrow of the ladder opens the bytes that it leads to.

export function begin(signal) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest('.ladder a[href^="#"]');
    if (link) open(link.getAttribute("href"));
  }, { signal });
  open(location.hash);
}

function open(hash) {
  const found = hash.length > 1 && document.getElementById(hash.slice(1));
  if (found?.tagName === "DETAILS") {
    found.open = true;
    found.querySelector("summary").focus();
  }
}
