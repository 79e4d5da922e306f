/** "Temporarily": one lane for half an hour, an hour, until tomorrow, or until it is ended. */
import { Clock, Cloud, Laptop } from 'lucide-react'
import { Header } from 'react-aria-components/Header'
import { Menu, MenuItem, MenuSection, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import type { OverrideLength } from '../api/split.ts'
import type { Lane } from '../api/types.ts'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'
import { setOverride } from './override-state.ts'

const words = strings.split.override
const lanes: readonly Lane[] = ['local', 'remote']
const lengths: readonly OverrideLength[] = ['30m', '1h', 'tomorrow', 'forever']

export function TemporarilyMenu() {
  return (
    <MenuTrigger>
      <Button kind="quiet" icon={Clock}>
        {words.temporarily}
      </Button>
      <Popover className="popover" placement="bottom end" offset={4}>
        <Menu
          className="menu temporarily"
          aria-label={words.menu}
          onAction={(id) => {
            const [lock, length] = String(id).split(' ') as [Lane, OverrideLength]
            void setOverride(lock, length)
          }}
        >
          {lanes.map((lane) => {
            const Icon = lane === 'local' ? Laptop : Cloud
            return (
              <MenuSection key={lane} className="menu-section">
                <Header className={`menu-header ${lane}`}>
                  <Icon className="icon" size={13} strokeWidth={1.75} aria-hidden />
                  {words.names[lane]}
                </Header>
                {lengths.map((length) => (
                  <MenuItem
                    key={length}
                    id={`${lane} ${length}`}
                    className="menu-item"
                    aria-label={`${words.names[lane]} ${words.lengths[length]}`}
                    textValue={words.lengths[length]}
                  >
                    {words.lengths[length]}
                  </MenuItem>
                ))}
              </MenuSection>
            )
          })}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
