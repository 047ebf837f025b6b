// The page of a call: an arrow of the ladder opens the bytes that it leads to.

document.addEventListener("click", (event) => {
  const link = event.target.closest('.ladder a[href^="#"]');
  if (link) open(link.getAttribute("href"));
});

function open(hash) {
  const found = hash.length > 1 && document.getElementById(hash.slice(1));
  if (found?.tagName === "DETAILS") {
    found.open = true;
    found.querySelector("summary").focus();
  }
}

open(location.hash);
