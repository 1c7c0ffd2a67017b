// Keeps the first page up to date while somebody looks at it; without it the page works the same.
const PERIOD = 8_000, LONGEST = 60_000, TROUBLE_AFTER = 2;
const state = document.getElementById("state");
const trouble = document.getElementById("trouble");
const asOf = document.getElementById("as-of");
const pause = document.getElementById("pause");
const icon = document.querySelector('link[rel="icon"]');
const clock = new Intl.DateTimeFormat("ko-KR", {
  timeZone: state.dataset.zone, month: "2-digit", day: "2-digit", weekday: "short",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
let tag = "", failures = 0, isPaused = false, timer = 0;

function showInstant(instant) {
  const part = Object.fromEntries(clock.formatToParts(instant).map(({type, value}) => [type, value]));
  const day = `${part.month}-${part.day} (${part.weekday})`;
  return `${day} ${part.hour}:${part.minute}:${part.second}`;
}

// Each part by itself, and none in which somebody is about to press something.
// Returns whether all of it is shown; throws where it is not our page.
function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!page?.dataset.title) throw new Error("somebody else's page");
  let isWhole = true;
  for (const part of page.querySelectorAll("[data-part]")) {
    const shown = state.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!shown) continue;
    if (shown.contains(document.activeElement)) {
      isWhole &&= shown.innerHTML === part.innerHTML;
      continue;
    }
    if (shown.innerHTML !== part.innerHTML) shown.innerHTML = part.innerHTML;
    shown.className = part.className;
  }
  document.title = page.dataset.title;
  icon.href = page.dataset.icon;
  return isWhole;
}

function tell(text) {
  if (trouble.textContent !== text) trouble.textContent = text;
  trouble.hidden = !text;
}

async function poll() {
  try {
    const headers = tag ? {"If-None-Match": tag} : {};
    const options = {headers, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(15_000)};
    const answer = await fetch(state.dataset.address, options);
    if (answer.type === "opaqueredirect") return tell("로그인이 끝났습니다. 새로고침해서 다시 로그인하세요.");
    if (answer.status !== 200 && answer.status !== 304) throw new Error(answer.status);
    if (answer.status === 200) {
      const isWhole = show(await answer.text());
      tag = isWhole ? answer.headers.get("ETag") ?? "" : "";
    }
    const at = new Date(answer.headers.get("Date"));
    asOf.firstElementChild.textContent = showInstant(at);
    asOf.firstElementChild.dateTime = at.toISOString();
    failures = 0;
    tell("");
  } catch {
    failures += 1;
    if (failures >= TROUBLE_AFTER) tell("서버에 닿지 못해 보이는 내용이 오래되었습니다. 다시 시도하고 있습니다.");
  }
  wait();
}

function wait() {
  clearTimeout(timer);
  const soon = failures < TROUBLE_AFTER ? PERIOD : Math.min(PERIOD * 2 ** (failures - 1), LONGEST);
  if (!isPaused && !document.hidden) timer = setTimeout(poll, soon);
}

function pollNow() {
  clearTimeout(timer);
  if (!isPaused && !document.hidden) poll();
}

pause.hidden = false;
pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.textContent = isPaused ? "자동 새로고침 켜기" : "자동 새로고침 멈추기";
  isPaused ? clearTimeout(timer) : pollNow();
});
document.addEventListener("visibilitychange", pollNow);
addEventListener("pageshow", (event) => event.persisted && pollNow());
wait();
