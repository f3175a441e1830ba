import type { UserRisk } from '../../../detectors/port.ts'
import { number, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { alertPath, clip, hidden, reasonField, table, userPath } from '../layout.ts'
import type { Visitor } from '../visitor.ts'

const DAY = 86_400_000
const WIDTH = 20
const HEIGHT = 60

/** A user's risk as policy sees it, line by line: what gave it, what is left of it, and how it went. */
export function riskSection(user: string, risk: UserRisk, visitor: Visitor): Markup {
  const standing = risk.contributions.filter(({ cleared }) => !cleared)
  const cleared = risk.contributions.filter((one) => one.cleared)
  return html`<section class="card" id="risk"><h2>Risk</h2>
<div class="figures"><div><b>${Math.round(risk.risk)}</b><span>of 100 points; <code>user.risk</code> is ${(risk.risk / 100).toFixed(2)}</span></div>
<div><b>${number(risk.half_life / DAY)} d</b><span>half-life</span></div></div>
${trend(risk)}
${
  standing.length === 0
    ? html`<p class="quiet">No finding adds to it.</p>`
    : table(
        'What the risk is made of',
        [{ num: 'Left' }, { num: 'Points' }, { num: 'Worth' }, 'Finding', 'When'],
        standing.map(
          (one) =>
            html`<tr><td class="num"><b>${one.left.toFixed(1)}</b></td><td class="num">${number(one.points)}</td><td class="num">×${number(one.weight)}</td><td class="wide"><a href="${alertPath(one.id)}">${one.detector}</a>: ${clip(one.summary)}</td><td>${when(one.at)}</td></tr>`,
        ),
      )
}
${
  cleared.length === 0
    ? ''
    : html`<details><summary>${cleared.length} no longer count</summary><ul class="plain">${cleared.map(
        (one) =>
          html`<li><a href="${alertPath(one.id)}">${one.detector}</a>, ${number(one.points)} points: cleared ${one.cleared ? html`${when(one.cleared.at)} by ${one.cleared.by}: ${clip(one.cleared.reason)}` : ''}</li>`,
      )}</ul></details>`
}
${reset(user, standing.length > 0, visitor)}</section>`
}

/** Risk at the end of each day, on the whole scale. */
function trend({ trend: days, risk }: UserRisk): Markup {
  const points = days.map(
    (day, i) => `${i * WIDTH + WIDTH / 2},${(HEIGHT - (HEIGHT * day.risk) / 100).toFixed(1)}`,
  )
  const most = Math.max(0, ...days.map((day) => day.risk))
  return html`<svg class="days" viewBox="0 0 ${days.length * WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="risk now ${Math.round(risk)}, at most ${Math.round(most)} in ${days.length} days"><polyline points="${points.join(' ')}" fill="none" stroke="#a3123a" stroke-width="2" vector-effect="non-scaling-stroke"/></svg>
<p class="quiet ends"><span>${days[0]?.day}</span><span>at most ${Math.round(most)} of 100</span><span>today</span></p>`
}

function reset(user: string, some: boolean, { csrf, identity }: Visitor): Markup {
  if (!some) return html``
  if (user === identity.person.user)
    return html`<p class="quiet">Your own risk is for somebody else to reset.</p>`
  return html`<details><summary>Reset the risk</summary><p class="quiet">Everything above stops counting; the alerts stay. It is on record with your reason.</p>
<form class="stack" method="post" action="${userPath(user)}/risk/reset">${hidden(csrf)}${reasonField()}<button>Reset to 0</button></form></details>`
}
