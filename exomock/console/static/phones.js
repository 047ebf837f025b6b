// Telephones that ring can be heard, once a person has switched "Ring" on.

const BURSTS = [0, 0.6]; // seconds from the beginning of a ring to each of its two bursts
const LENGTH = 0.4, EVERY = 3000, PITCH = 400, BEAT = 25, LOUD = 0.15;
let audio = null, on = false, timer = null;

const ringing = () => document.querySelector(".phone.ringing") !== null;

function ring() {
  for (const begin of BURSTS) burst(audio.currentTime + begin);
}

// India's ringing: 400 Hz that swells 25 times a second.
function burst(at) {
  const tone = audio.createOscillator(), swell = audio.createOscillator();
  const loud = audio.createGain(), depth = audio.createGain();
  tone.frequency.value = PITCH;
  swell.frequency.value = BEAT;
  loud.gain.value = depth.gain.value = LOUD / 2;
  swell.connect(depth).connect(loud.gain);
  tone.connect(loud).connect(audio.destination);
  for (const each of [tone, swell]) { each.start(at); each.stop(at + LENGTH); }
}

function look() {
  const wanted = on && ringing();
  if (wanted && timer === null) {
    ring();
    timer = setInterval(ring, EVERY);
  } else if (!wanted && timer !== null) {
    clearInterval(timer);
    timer = null;
  }
}

function shown() {
  const button = document.getElementById("ring");
  if (button === null) return;
  button.setAttribute("aria-checked", String(on));
  button.querySelector(".knob").textContent = on ? "on" : "off";
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#ring") === null) return;
  on = !on;
  audio ??= new AudioContext();
  if (on) audio.resume(); else audio.suspend();
  shown();
  look();
});

// Another page that is shown in place of this one has a switch of its own, which is off.
document.addEventListener("page", shown);
new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
look();
