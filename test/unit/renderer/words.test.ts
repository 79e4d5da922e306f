/** Figures and values as people read them. */
import { expect, test } from 'vitest'
import { bytesOf } from '../../../renderer/words/figures.ts'
import { settingWords } from '../../../renderer/words/setting-value.ts'

const plain = (text: string) => text.replace(/[\u2009\u00a0]/g, ' ')

test('a part of a whole names its own unit unless both have the same', () => {
  expect([bytesOf(18.6e9, 38e9), bytesOf(9.9e6, 21e9), bytesOf(0, 21e9)].map(plain)).toEqual(['18.6 of 38.0 GB', '9.9 MB of 21.0 GB', '0 of 21.0 GB'])
})

test('a share is percent, and no number is rounded to another', () => {
  const shown = [
    settingWords('split.remote_share', 0.3),
    settingWords('models.llama.remote_share', 0.6),
    settingWords('probes.paid', 0),
    settingWords('some.factor', 1.5),
    settingWords('some.count', 71_204),
  ]
  expect(shown.map(plain)).toEqual(['30 %', '60 %', '0', '1.5', '71 204'])
})
