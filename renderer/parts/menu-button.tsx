/** A button that opens a menu; without words it is the three dots at the end of a row. */
import { Ellipsis, type LucideIcon } from 'lucide-react'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { Button, type ButtonProps } from './button.tsx'

export interface MenuAction {
  readonly id: string
  readonly label: string
  readonly icon?: LucideIcon
  readonly hint?: string
  readonly isDanger?: boolean
  readonly isDisabled?: boolean
}

export interface MenuButtonProps {
  /** The button's name for screen readers; visible where `children` are none is the icon alone. */
  readonly label: string
  readonly items: readonly MenuAction[]
  readonly onAction: (id: string) => void
  readonly icon?: LucideIcon
  readonly kind?: ButtonProps['kind']
  readonly children?: string
  readonly isDisabled?: boolean
}

export function MenuButton({ label, items, onAction, icon, kind = 'quiet', children, isDisabled = false }: MenuButtonProps) {
  return (
    <MenuTrigger>
      <Button kind={kind} icon={icon ?? Ellipsis} aria-label={label} isDisabled={isDisabled}>
        {children}
      </Button>
      <Popover className="popover" placement="bottom end" offset={4}>
        <Menu
          className="menu"
          aria-label={label}
          onAction={(id) => onAction(String(id))}
          disabledKeys={items.filter((item) => item.isDisabled).map(({ id }) => id)}
        >
          {items.map(({ id, label: words, icon: Icon, hint, isDanger }) => (
            <MenuItem key={id} id={id} className={`menu-item ${isDanger ? 'danger' : ''}`} textValue={words}>
              {Icon && <Icon className="icon menu-icon" size={14} strokeWidth={1.75} aria-hidden />}
              <span className="menu-words">
                <span>{words}</span>
                {hint !== undefined && <small>{hint}</small>}
              </span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
