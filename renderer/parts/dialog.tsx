/** Dialogs. `Question` is for what exposes or cannot be undone: the question as title, the verb on the button, Cancel has the focus. `Dialog` holds a form. */
import type { ReactNode } from 'react'
import { Dialog as PlainDialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { strings } from '../strings/index.ts'
import { Button } from './button.tsx'

export interface DialogProps {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
  /** The row of buttons at the foot; the first one in it is Cancel or Close. */
  readonly actions?: ReactNode
  readonly isWide?: boolean
  readonly role?: 'dialog' | 'alertdialog'
}

export function Dialog({ title, isOpen, onClose, children, actions, isWide = false, role = 'dialog' }: DialogProps) {
  return (
    <ModalOverlay className="scrim" isOpen={isOpen} onOpenChange={(next) => !next && onClose()} isDismissable={role === 'dialog'}>
      <Modal className={`dialog ${isWide ? 'wide' : ''}`}>
        <PlainDialog className="dialog-inside" role={role}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          <div className="dialog-body">{children}</div>
          {actions && <div className="dialog-actions">{actions}</div>}
        </PlainDialog>
      </Modal>
    </ModalOverlay>
  )
}

export interface QuestionProps {
  readonly question: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
  /** The verb of what will happen: `Listen on 192.168.1.20`. */
  readonly verb: string
  readonly onConfirm: () => void
  readonly isDanger?: boolean
}

export function Question({ question, isOpen, onClose, children, verb, onConfirm, isDanger = false }: QuestionProps) {
  const confirm = () => {
    onClose()
    onConfirm()
  }
  return (
    <Dialog
      title={question}
      isOpen={isOpen}
      onClose={onClose}
      role="alertdialog"
      actions={
        <>
          <span className="caption">{strings.parts.returnCancels}</span>
          <Button autoFocus className="push" onPress={onClose}>
            {strings.parts.cancel}
          </Button>
          <Button kind={isDanger ? 'danger' : 'edged'} onPress={confirm}>
            {verb}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
