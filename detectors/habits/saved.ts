import { z } from 'zod'
import { tailState } from '../baseline/calibration.ts'
import { matter } from '../engine/saved.ts'
import { AGES } from './judge.ts'
import { savedSession } from './session.ts'
import { weigherState } from './weigh.ts'

/** A user's profile: tokens, sessions, first, last, usual scores, streak, scores before, last peak. */
const savedSlot = z.object({
  w: z.string(),
  s: z.number(),
  f: z.number(),
  l: z.number(),
  u: z.tuple([z.number(), z.number(), z.number()]),
  k: z.number(),
  p: z.number(),
  x: z.tuple([z.number(), z.number()]).optional(),
})

export const savedTracker = z.object({
  b: savedSlot,
  m: z.array(matter),
  s: z.array(savedSession),
  c: z.array(z.string()),
})

/** What is everybody's. */
export const savedShared = z.object({
  session: tailState,
  weigher: weigherState,
  usual: z.array(z.tuple([z.number(), z.number(), z.number()])).length(AGES),
})
