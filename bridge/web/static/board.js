// The status page: what is on it is kept true, its clocks go, somebody can act on it, and it sounds.
import * as acts from "./acts.js";
import * as live from "./live.js";
import * as sound from "./sound.js";
import * as ticks from "./ticks.js";

live.start(document.getElementById("board"));
ticks.start();
acts.start();
sound.start();
