// What time it is, by the bridge: a laptop's own clock may be anything, and may be set at any moment.
const wall = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Chicago", hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const zoned = new Intl.DateTimeFormat("en-US", { timeZone: "America/Chicago", timeZoneName: "short" });
const UNSURE = 1000; // ms: the bridge may have looked so long before it answered

// performance.now() does not follow the laptop's clock, but may stand still while the laptop sleeps; Date follows that clock, and
// goes on in its sleep. The longer of the two is how long ago something was.
export const instant = () => ({ steady: performance.now(), wall: Date.now() });
export const ago = (ms) => ({ steady: performance.now() - ms, wall: Date.now() - ms });
export const since = (then) => Math.max(performance.now() - then.steady, Date.now() - then.wall, 0); // ms

let stamp = 0; // ms UTC, by the bridge
let stamped = instant();

// ms UTC, by the bridge
export const now = () => stamp + since(stamped);

// The bridge said that it is `at` (ms UTC), and that has just arrived. A stamp is never too new, so the newest is the best. One
// that is too old was held up on its way; only where we know that it was on its way for no longer than `trip` (ms), it says that
// the bridge's clock was set, or that ours has jumped. Else words that come later and later would be taken for the time.
export function set(at, trip = Infinity) {
  if (at > now() + 20) start(at, instant());
  else if (at + trip < now() - UNSURE) start(at + trip, instant());
}

export function start(at, arrived) {
  stamp = at;
  stamped = arrived;
}

export const time = (ms) => wall.format(ms);
export const zone = (ms) => zoned.formatToParts(ms).find((part) => part.type === "timeZoneName").value;
