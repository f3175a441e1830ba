import { isCommon } from './accord.ts'
import { dayOf, teamWindow } from './burst.ts'
import type { CommonOptions, Judgement } from './detector.ts'
import type { Slot } from './judge.ts'
import type { Moment, Telling, Works } from './telling.ts'
import { covers, type OpenWindow } from './window.ts'

/** Above this many times the usual, a window is learned as the team's level has it. */
const BUSY = Math.log(1.3)

/** Holds what a member does against a team that is busy together, and leaves to the team's notice what that explains. */
export class InCompany<O extends CommonOptions, B, W, E> {
  readonly #works: Works<O, B, W, E>
  readonly #telling: Telling<O, B, W, E>
  readonly #slots: readonly (Slot<O, B, W, E> | undefined)[]

  constructor(
    works: Works<O, B, W, E>,
    telling: Telling<O, B, W, E>,
    slots: readonly (Slot<O, B, W, E> | undefined)[],
  ) {
    this.#works = works
    this.#telling = telling
    this.#slots = slots
  }

  /** The judgement against what the whole team does, where that is more than usual. */
  judge(moment: Moment<O, B, W, E>, alone: Judgement): Judgement {
    const judged = this.#busy(moment, alone)
    if (!moment.open.burst || !this.#works.host.bursts()?.shadow) return judged
    // On record only: everyone goes on being told of alone.
    this.explains(moment, alone, judged)
    moment.open.burst = undefined
    return alone
  }

  /** Whether the window would be an alert, were the team not busy; one that was told before that showed is revised. */
  explains(moment: Moment<O, B, W, E>, alone: Judgement, judged: Judgement): boolean {
    const { subject, slot, open, at, day, report } = moment
    const { spec, tuned, host } = this.#works
    const { burst } = open
    const { options } = tuned.of(subject)
    if (!burst || options.shadow || this.#telling.alarming(judged, open, at)) return false
    const matter = slot.matters.find((one) => covers(one, open) && one.at >= day.from)
    if (matter && !matter.burst) {
      // What others said as well, or another window still says, is not explained.
      const stands = (other: OpenWindow<O, W, E>) =>
        other.fired && other !== open && covers(matter, other) && this.#stands({ ...moment, open: other })
      if (matter.joint || !open.fired || slot.open.some(stands)) return false
    } else if (!this.#telling.alarming(alone, open, at)) return false
    const bursts = host.bursts()
    const notice = bursts?.explain({ subject, detector: spec.name, day, burst, at, report })
    if (!matter || matter.burst !== undefined || notice === undefined || bursts?.shadow) return true
    open.fired = false
    Object.assign(matter, { burst: notice, severity: 0, surprise: judged.surprise })
    this.#telling.write(moment, matter, judged)
    return true
  }

  /** Others of the team who were told of before it showed that the team is busy. */
  sweep({ subject, open: { span }, at, report }: Moment<O, B, W, E>): void {
    for (const member of this.#works.host.teams.of(subject)) {
      if (member === subject) continue
      this.#works.host.wake(member)
      const slot = this.#slots[member.index]
      if (!slot?.matters.some(({ burst }) => burst === undefined)) continue
      for (const open of slot.open) {
        if (!open.fired || open.span.scale !== span.scale) continue
        if (teamWindow(open.span) !== teamWindow(span)) continue
        this.#again({ subject: member, slot, open, at, day: dayOf(open.span), report })
      }
    }
  }

  #again(moment: Moment<O, B, W, E>) {
    const alone = this.#works.judge.alone(moment.slot, moment.open)
    if (alone && this.explains(moment, alone, this.judge(moment, alone))) moment.subject.dirty = true
  }

  /** Sets the window's burst, if there is one. */
  #busy({ subject, slot, open, at, day }: Moment<O, B, W, E>, alone: Judgement): Judgement {
    const { spec, host, judge } = this.#works
    const bursts = spec.counts?.excess && !alone.certain ? host.bursts() : undefined
    if (!bursts) return alone
    const { span, view } = open
    const rare = !alone.quiet && !isCommon(this.#telling.rarity(open, alone.surprise))
    const learned = view.final && span.scale !== 'hour' && judge.over(slot, open) > BUSY
    if (!open.fired && !rare && !learned) return alone
    open.burst = judge.strongest(subject, span, day, at, view.final, bursts.limits)
    if (!open.burst) return alone
    return judge.inTeam(slot, open) ?? { surprise: 0, quiet: true }
  }

  /** Whether a window of the same matter alerts, busy as the team may be. */
  #stands(moment: Moment<O, B, W, E>): boolean {
    const { slot, open, at } = moment
    const alone = this.#works.judge.alone(slot, open)
    const judged = alone && this.#busy({ ...moment, day: dayOf(open.span) }, alone)
    return judged !== undefined && this.#telling.alarming(judged, open, at)
  }
}
