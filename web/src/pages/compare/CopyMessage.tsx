import { useState } from "react";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import styles from "./Compare.module.css";
import type { TeamGroup } from "./groups";
import { type Frame, messageOf } from "./message";

/** Shows the comparison as text, and copies it. */
export function CopyMessage({ groups, frame }: { groups: TeamGroup[]; frame: Frame }) {
  return (
    <PopoverButton
      label="Text for a chat message"
      wide
      trigger={
        <Button className={styles.small ?? ""} isDisabled={groups.length === 0}>
          Copy as text
        </Button>
      }
    >
      {(close) => <Copy text={messageOf(groups, frame)} close={close} />}
    </PopoverButton>
  );
}

function Copy({ text, close }: { text: string; close: () => void }) {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied.");
    } catch {
      setSaid("This browser does not let the page copy. Mark the text and copy it.");
    }
  };
  return (
    <div className={styles.copy}>
      <textarea
        readOnly
        aria-label="The message"
        value={text}
        rows={16}
        cols={70}
        spellCheck={false}
        onFocus={(event) => event.target.select()}
      />
      <div className={styles.copyButtons}>
        <Button look="primary" onPress={() => void copy()}>
          Copy
        </Button>
        <Button look="plain" onPress={close}>
          Close
        </Button>
        <span role="status">{said}</span>
      </div>
    </div>
  );
}
