import type { BuiltinRule } from '../rule.ts'

export const maskHidden: BuiltinRule = {
  name: 'mask-hidden',
  sentence: 'Hidden fields and whatever content rules find are replaced; listings show no content.',
  stage: 'response',
  on: () => true,
  judge({ response, request, expects }) {
    const listing = expects?.listing ?? request.action === 'search'
    if (!listing && !response?.masked.length) return undefined
    return { effect: 'mask', reason: listing ? 'Listings show no content.' : 'Hidden values were replaced.' }
  },
  examples: [
    { name: 'a credential in a trace', given: { response: { masked: ['aws-access-key'] } }, effect: 'mask' },
    { name: 'a listing', given: { request: { action: 'search' }, response: { traces: 0 } }, effect: 'mask' },
    { name: 'nothing to hide', given: { response: {} }, effect: 'silent' },
  ],
}
