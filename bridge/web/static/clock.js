// What time it is, by the bridge: a laptop's own clock may be anything, and may be set at any moment.
const wall = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Chicago", hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const zoned = new Intl.DateTimeFormat("en-US", { timeZone: "America/Chicago", timeZoneName: "short" });
const LATE = 1000; // ms by which a stamp may be older than we thought, for having been held up on its way

// performance.now() does not follow the laptop's clock, but may stand still while the laptop sleeps; Date follows that clock, and
// goes on in its sleep. The longer of the two is how long ago something was.
export const instant = () => ({ steady: performance.now(), wall: Date.now() });
export const since = (then) => Math.max(performance.now() - then.steady, Date.now() - then.wall, 0); // ms

let stamp = 0; // ms UTC, by the bridge
let stamped = instant();

// ms UTC, by the bridge
export const now = () => stamp + since(stamped);

// The bridge said that it is `at` (ms UTC), and that has just arrived. A stamp is never too new, so the newest is the best; one
// that is far too old says that the bridge's clock was set, or that ours has jumped.
export function set(at) {
  const ahead = at - now();
  if (ahead > 20 || ahead < -LATE) start(at, instant());
}

export function start(at, arrived) {
  stamp = at;
  stamped = arrived;
}

export const time = (ms) => wall.format(ms);
export const zone = (ms) => zoned.formatToParts(ms).find((part) => part.type === "timeZoneName").value;
