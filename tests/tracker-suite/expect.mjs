// Assertions that are counted.

import assert from 'node:assert/strict'

let tests = 0
let assertions = 0

export const expect = {
  equal (actual, expected, message) {
    assertions++
    assert.deepEqual(actual, expected, message)
  },
  ok (value, message) {
    assertions++
    assert.ok(value, message)
  },
  counts (data, complete, incomplete) {
    this.equal([data.complete, data.incomplete], [complete, incomplete])
  },
  numbers (data, ...names) {
    for (const name of names) this.equal(typeof data[name], 'number', name)
  }
}

/// Wraps the body of a test.
export const counting = body => async () => {
  tests++
  await body()
}

export const counted = () => `${tests} tests, ${assertions} assertions`
