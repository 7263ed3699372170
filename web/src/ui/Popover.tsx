import type { ReactNode } from "react";
import { Popover as AriaPopover, Dialog, DialogTrigger } from "react-aria-components";
import styles from "./Popover.module.css";

/** A small panel beside an element that is already there, such as a cell of a table; open as long as there is one. */
export function PopoverAt({
  anchor,
  close,
  label,
  children,
}: {
  anchor: Element | null;
  close: () => void;
  label: string;
  children: ReactNode;
}) {
  return (
    <AriaPopover
      triggerRef={{ current: anchor }}
      isOpen={anchor !== null}
      onOpenChange={(isOpen) => !isOpen && close()}
      className={styles.popover ?? ""}
      placement="bottom start"
      offset={4}
    >
      <Dialog aria-label={label} className={styles.dialog ?? ""}>
        {children}
      </Dialog>
    </AriaPopover>
  );
}

/** A button that opens a small panel beside it. */
export function PopoverButton({
  trigger,
  label,
  children,
  wide = false,
}: {
  trigger: ReactNode;
  label: string;
  children: ReactNode | ((close: () => void) => ReactNode);
  wide?: boolean;
}) {
  return (
    <DialogTrigger>
      {trigger}
      <AriaPopover className={`${styles.popover} ${wide ? styles.wide : ""}`} placement="bottom start" offset={4}>
        <Dialog aria-label={label} className={styles.dialog ?? ""}>
          {({ close }) => (typeof children === "function" ? children(close) : children)}
        </Dialog>
      </AriaPopover>
    </DialogTrigger>
  );
}
