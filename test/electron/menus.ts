/** Menus and the tray of the double: clicked by id, opened and closed as a person does. */
import { EventEmitter } from 'node:events'
import { control, createEvent, needsReady } from './control.ts'
import type { ImageDouble } from './system.ts'
import { nativeImage } from './system.ts'

type Template = Record<string, unknown>

export class MenuItemDouble {
  readonly id: string
  readonly label: string
  readonly sublabel: string
  readonly badge: { content?: string } | undefined
  readonly type: string
  readonly role: string
  readonly accelerator: string
  readonly registerAccelerator: boolean
  readonly submenu: MenuDouble | undefined
  checked: boolean
  enabled: boolean
  visible: boolean
  readonly #click: ((item: MenuItemDouble) => void) | undefined

  constructor(template: Template) {
    const known = [
      'id',
      'label',
      'sublabel',
      'badge',
      'type',
      'role',
      'accelerator',
      'registerAccelerator',
      'submenu',
      'checked',
      'enabled',
      'visible',
      'click',
    ]
    const unknown = Object.keys(template).filter((key) => !known.includes(key))
    if (unknown.length > 0) throw new Error(`electron double: a menu item has no ${unknown.join(', ')}`)
    const { submenu, click } = template
    this.id = String(template['id'] ?? '')
    this.role = String(template['role'] ?? '')
    this.label = String(template['label'] ?? this.role)
    this.sublabel = String(template['sublabel'] ?? '')
    this.badge = template['badge'] as { content?: string } | undefined
    this.type = String(template['type'] ?? (submenu ? 'submenu' : 'normal'))
    this.accelerator = String(template['accelerator'] ?? '')
    this.registerAccelerator = template['registerAccelerator'] !== false
    this.checked = template['checked'] === true
    this.enabled = template['enabled'] !== false
    this.visible = template['visible'] !== false
    this.#click = click as ((item: MenuItemDouble) => void) | undefined
    this.submenu = Array.isArray(submenu) ? MenuDouble.buildFromTemplate(submenu as Template[]) : undefined
    if (this.label === '' && this.type !== 'separator') throw new TypeError('Invalid submenu: an item needs a label')
  }

  /** As a click: what cannot be clicked throws. */
  click(): void {
    if (!this.enabled || !this.visible || this.submenu || ['separator', 'header'].includes(this.type))
      throw new Error(`menu item "${this.label}" cannot be clicked`)
    if (this.type === 'checkbox') this.checked = !this.checked
    if (this.type === 'radio') this.checked = true
    if (this.role === 'quit') control.app?.quit()
    this.#click?.(this)
  }
}

export class MenuDouble extends EventEmitter {
  items: MenuItemDouble[] = []
  isOpen = false
  static setApplicationMenu = (menu: MenuDouble | null) => void (control.applicationMenu = menu)
  static getApplicationMenu = () => control.applicationMenu
  static buildFromTemplate = (templates: readonly Template[]): MenuDouble => {
    const menu = new MenuDouble()
    menu.items = templates.map((template) => new MenuItemDouble(template))
    return menu
  }
  getMenuItemById = (id: string): MenuItemDouble | null => {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }
}

export class TrayDouble extends EventEmitter {
  image: ImageDouble
  /** Every image since the start, by file name. */
  readonly images: string[] = []
  menu: MenuDouble | null = null
  title = ''
  toolTip = ''
  readonly guid: string
  #isDestroyed = false
  constructor(image: ImageDouble | string, guid = '') {
    super()
    needsReady('Tray')
    if (guid !== '' && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(guid)) throw new Error('Invalid GUID format')
    this.guid = guid
    this.image = typeof image === 'string' ? nativeImage.createFromPath(image) : image
    if (this.image.isEmpty()) throw new Error('Tray: empty image')
    control.trays.push(this)
  }
  #alive(): void {
    if (this.#isDestroyed) throw new Error('Tray is destroyed')
  }
  setImage = (image: ImageDouble): void => {
    this.#alive()
    if (image.isEmpty()) throw new Error('Tray: empty image')
    this.image = image
    this.images.push(image.file)
  }
  setToolTip = (text: string): void => {
    this.#alive()
    this.toolTip = text
  }
  setTitle = (text: string): void => {
    this.#alive()
    this.title = text
  }
  setContextMenu = (menu: MenuDouble | null): void => {
    this.#alive()
    if (this.menu?.isOpen) throw new Error('electron double: the tray menu was replaced while it is open')
    this.menu = menu
  }
  setIgnoreDoubleClickEvents = () => this.#alive()
  getBounds = () => ({ ...control.trayBounds })
  isDestroyed = () => this.#isDestroyed
  destroy = (): void => {
    this.#isDestroyed = true
    control.trays = control.trays.filter((tray) => tray !== this)
  }

  /** The menu bar's click. */
  open(): MenuDouble {
    if (!this.menu) throw new Error('the tray has no menu')
    this.menu.isOpen = true
    this.menu.emit('menu-will-show', createEvent())
    return this.menu
  }
  /** Closed without a choice. */
  dismiss(): void {
    if (!this.menu) return
    this.menu.isOpen = false
    this.menu.emit('menu-will-close', createEvent())
  }
  /** Opens the menu, chooses the row with this id, closes it: in Electron's order. */
  choose(id: string): void {
    const menu = this.open()
    const item = menu.getMenuItemById(id)
    if (!item) throw new Error(`the tray menu has no row ${id}: ${this.rows().join(' | ')}`)
    this.dismiss()
    item.click()
  }
  rows(): string[] {
    return this.menu?.items.map(({ label, type }) => (type === 'separator' ? '—' : label)) ?? []
  }
}
