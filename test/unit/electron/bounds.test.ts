/** Where the window opens: where it was, if that can be reached, never larger than a display. */
import { expect, test } from 'vitest'
import { boundsToOpen } from '../../../electron/window/bounds.ts'

const display = { x: 0, y: 25, width: 1440, height: 875 }
const second = { x: -1920, y: 0, width: 1920, height: 1080 }

test.each([
  ['nothing is known', undefined, [display], { width: 1280, height: 800 }],
  ['it was here', { x: 100, y: 100, width: 1000, height: 700 }, [display], { x: 100, y: 100, width: 1000, height: 700 }],
  ['it was on a second display', { x: -1800, y: 40, width: 1000, height: 700 }, [display, second], { x: -1800, y: 40, width: 1000, height: 700 }],
  ['that display is gone', { x: -1800, y: 40, width: 1000, height: 700 }, [display], { width: 1000, height: 700 }],
  ['its title bar was above the screen', { x: 100, y: -200, width: 1000, height: 700 }, [display], { width: 1000, height: 700 }],
  ['it was larger than what is there', { x: 0, y: 25, width: 3000, height: 2000 }, [display], { x: 0, y: 25, width: 1440, height: 875 }],
  ['it was tiny', { x: 0, y: 25, width: 100, height: 100 }, [display], { x: 0, y: 25, width: 720, height: 480 }],
])('%s', (_, kept, areas, expected) => {
  expect(boundsToOpen(kept, areas)).toEqual(expected)
})
