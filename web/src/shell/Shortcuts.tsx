import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import overlay from "./Palette.module.css";
import styles from "./Shortcuts.module.css";

const KEYS: [string[], string][] = [
  [["/", "Ctrl K"], "Search, and everything that can be done"],
  [["[", "]"], "A day back, a day on"],
  [["{", "}"], "A week back, a week on"],
  [["t"], "Today"],
  [["c"], "Compare the day with today; from today, the last week"],
  [["←", "→"], "On the strip of changes and on the timeline: move by days"],
  [["p", "n"], "On the board: the previous period, the next one"],
  [["?"], "This list"],
  [["Esc"], "Close"],
];

/** The keys that work everywhere. */
export function Shortcuts({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={(open) => !open && close()} isDismissable className={overlay.overlay ?? ""}>
      <Modal className={overlay.modal ?? ""}>
        <Dialog className={styles.dialog ?? ""}>
          <Heading slot="title">Keyboard shortcuts</Heading>
          <dl className={styles.list}>
            {KEYS.map(([keys, meaning]) => (
              <div key={meaning}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
