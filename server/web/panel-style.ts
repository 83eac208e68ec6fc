// How the panel looks: light and dark by the device's choice, the phone first, one sheet.
import { createHash } from 'node:crypto';

export const style = `
:root {
  color-scheme: light dark;
  --paper: #f5f7f8; --card: #ffffff; --ink: #16202a; --soft: #55636f; --line: #d8dfe4; --main: #0b6e5f; --on-main: #ffffff;
  --wash: #e6f2ef; --green: #157f4b; --amber: #9a5b00; --amber-wash: #fdf3df; --red: #b3261e; --red-wash: #fcebe9; --ring: #0b6e5f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10161b; --card: #19222a; --ink: #e8edf1; --soft: #a5b3be; --line: #33414c; --main: #5fd0ba; --on-main: #06251f;
    --wash: #17332e; --green: #63d394; --amber: #f2b04c; --amber-wash: #35290f; --red: #ff8a80; --red-wash: #3a1b19; --ring: #8fe6d4;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 "Google Sans", Roboto, system-ui, -apple-system, "Segoe UI", sans-serif; }
h1, h2, h3, p, ul, ol, dl, dd, fieldset { margin: 0; padding: 0; }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 600; margin-bottom: 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; line-height: 1.3; font-weight: 600; margin-bottom: .6rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; font-weight: 600; margin: 1rem 0 .4rem; }
p + p, p + form, p + ul, form + form, ul + p, .card + .card, form + p { margin-top: .6rem; }
small { font-size: .875rem; color: var(--soft); }
a { color: var(--main); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .5rem; top: .5rem; background: var(--card); padding: .5rem .75rem; z-index: 1; }
header { background: var(--card); border-bottom: 1px solid var(--line); }
.bar, main, footer { max-width: 56rem; margin: 0 auto; padding: 0 1rem; }
.name { display: flex; gap: .7rem; align-items: center; padding: .8rem 0 .5rem; color: inherit; text-decoration: none; font-weight: 600; line-height: 1.2; overflow-wrap: anywhere; }
.name small { display: block; font-weight: 400; }
.mark { width: 2rem; height: 2rem; flex: none; fill: var(--main); }
.mark path { fill: var(--card); }
nav ul { display: flex; flex-wrap: wrap; gap: .1rem .2rem; list-style: none; margin: 0 -.6rem; padding-bottom: .4rem; }
nav a { display: block; padding: .45rem .6rem; border-radius: .5rem; color: var(--ink); text-decoration: none; }
nav a:hover { background: var(--wash); }
nav a[aria-current] { background: var(--wash); color: var(--main); font-weight: 600; }
main { padding-top: 1.5rem; padding-bottom: 2rem; }
section { margin-top: 2rem; }
h1 + section { margin-top: 0; }
footer { border-top: 1px solid var(--line); padding-top: 1rem; padding-bottom: 2rem; color: var(--soft); font-size: .875rem; }
.row { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; margin-top: .6rem; }
.row > form, .row > p { margin: 0; }
.row + form { margin-top: .8rem; }
.card, .list { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.card { padding: 1rem; }
.list { list-style: none; overflow: hidden; }
.list > li { position: relative; padding: .8rem 1rem; overflow-wrap: anywhere; }
.list > li + li { border-top: 1px solid var(--line); }
.list > li > p { margin-top: .15rem; color: var(--soft); }
.list > li > form, .list > li > .row { margin-top: .6rem; }
.list > li.amber { background: var(--amber-wash); }
.list > li.red { background: var(--red-wash); }
.list > li:has(> .whole):hover { background: var(--wash); }
.whole { font-weight: 600; text-decoration: none; }
.whole::after { content: ""; position: absolute; inset: 0; }
.whole:hover { text-decoration: underline; }
.whole:focus-visible { outline: none; }
.whole:focus-visible::after { outline: 3px solid var(--ring); outline-offset: -3px; border-radius: .6rem; }
.lamp { display: inline-flex; gap: .45rem; align-items: baseline; font-weight: 500; color: var(--ink); }
.lamp i { width: .7rem; height: .7rem; border-radius: 50%; flex: none; background: var(--green); }
.lamp.off i { background: none; border: 2px solid var(--soft); }
.lamp.amber i { background: var(--amber); border-radius: 2px; }
.lamp.red i { background: var(--red); clip-path: polygon(50% 0, 100% 100%, 0 100%); border-radius: 0; }
.good { padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.empty { padding: 1.5rem 1rem; border: 1px dashed var(--line); border-radius: .75rem; color: var(--soft); text-align: center; }
.empty .button, .empty button { margin-top: .8rem; }
.said { padding: .75rem 1rem; border-radius: .75rem; background: var(--wash); border: 1px solid var(--green); margin-bottom: 1.2rem; overflow-wrap: anywhere; }
.said.bad { background: var(--red-wash); border-color: var(--red); }
.todo { padding: .6rem .8rem; border-left: 3px solid var(--amber); background: var(--amber-wash); border-radius: 0 .5rem .5rem 0; }
.note { color: var(--soft); }
button, .button { display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .45rem 1.1rem; border: 1px solid var(--line); border-radius: 1.4rem; background: var(--card); color: var(--main); font: inherit; font-weight: 500; text-align: center; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { background: var(--wash); }
.main { background: var(--main); color: var(--on-main); border-color: var(--main); }
.main:hover { background: var(--main); filter: brightness(1.08); }
.danger { color: var(--red); }
.plain { min-height: 0; padding: 0; border: 0; background: none; text-decoration: underline; text-underline-offset: .15em; font-weight: 400; }
.plain:hover { background: none; }
.field { margin-top: .9rem; }
.field label { display: block; font-weight: 500; margin-bottom: .25rem; }
.field small { display: block; margin-top: .25rem; }
.wrong input { border-color: var(--red); }
.fault { color: var(--red); }
.field + button, .ticks + button { margin-top: 1.1rem; }
input:not([type=checkbox], [type=radio]), select { width: 100%; max-width: 26rem; min-height: 2.75rem; padding: .5rem .7rem; border: 1px solid var(--soft); border-radius: .5rem; background: var(--card); color: var(--ink); font: inherit; }
.row > select { width: auto; flex: 0 1 14rem; }
input[type=checkbox], input[type=radio] { width: 1.2rem; height: 1.2rem; margin: 0; flex: none; accent-color: var(--main); }
.ticks { list-style: none; }
.ticks label { display: flex; gap: .6rem; align-items: flex-start; padding: .45rem 0; }
.ticks input { margin-top: .15rem; }
.ticks small { display: block; }
fieldset { border: 0; min-width: 0; margin-top: 1rem; }
legend { padding: 0; font-weight: 600; margin-bottom: .3rem; }
.who { padding: .8rem 0; }
.who + .who { border-top: 1px solid var(--line); }
.who .ticks { display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
.card > .who:first-child, form > .who:first-of-type { padding-top: .4rem; }
dl { display: grid; gap: .1rem 1rem; }
* + dl { margin-top: .8rem; }
dt { color: var(--soft); font-size: .875rem; margin-top: .6rem; }
dd { overflow-wrap: anywhere; }
details { margin-top: 1rem; }
summary { cursor: pointer; padding: .4rem 0; font-weight: 500; color: var(--main); }
.figures { padding-left: 1.2rem; margin: .6rem 0; }
.figures li { padding: .25rem 0; }
.bare { max-width: 34rem; margin: 8vh auto 0; }
.bare .name { padding: 0 0 1.2rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
.key { font-size: 1rem; user-select: all; }
ol.rules { padding-left: 1.4rem; }
@media (min-width: 40rem) {
  .bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 1rem; }
  .name { padding: .7rem 0; }
  nav ul { padding: 0; }
  h1 { font-size: 1.9rem; }
  dl { grid-template-columns: 11rem 1fr; }
  dt { margin-top: .15rem; }
  .card { padding: 1.25rem; }
}
@media (forced-colors: active) { .lamp i { forced-color-adjust: none; } }
`;

/** Its name changes when it does, so that browsers may keep it. */
export const styleAddress = `/panel/style-${createHash('sha256').update(style).digest('hex').slice(0, 12)}.css`;
