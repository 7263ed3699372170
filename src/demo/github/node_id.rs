//! The opaque ids of GitHub's nodes: a prefix that tells the type, and numbers in MessagePack, in base 64.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

/// What an id names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeId {
    pub(super) prefix: String,
    pub(super) numbers: Vec<u64>,
    /// An object's id or a name, where numbers do not tell.
    pub(super) text: Option<String>,
}

/// `R_kgDO...`
pub(super) fn encode(prefix: &str, numbers: &[u64], text: Option<&str>) -> String {
    let mut bytes = vec![0x90 + 1 + numbers.len() as u8 + u8::from(text.is_some()), 0];
    for number in numbers {
        match u32::try_from(*number) {
            Ok(number) => {
                bytes.push(0xce);
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Err(_) => {
                bytes.push(0xcf);
                bytes.extend_from_slice(&number.to_be_bytes());
            }
        }
    }
    if let Some(text) = text {
        bytes.push(0xd9);
        bytes.push(text.len().min(255) as u8);
        bytes.extend_from_slice(&text.as_bytes()[..text.len().min(255)]);
    }
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// None if it is not an id.
pub(super) fn decode(id: &str) -> Option<NodeId> {
    let (prefix, rest) = id.split_once('_')?;
    let bytes = URL_SAFE_NO_PAD.decode(rest).or_else(|_| URL_SAFE.decode(rest)).ok()?;
    let (head, mut rest) = bytes.split_first()?;
    let count = head.checked_sub(0x90).filter(|count| (1..16).contains(count))?;
    rest = rest.strip_prefix(&[0])?;
    let mut id = NodeId { prefix: prefix.to_owned(), numbers: Vec::new(), text: None };
    for _ in 1..count {
        let (kind, after) = rest.split_first()?;
        let length = match kind {
            0xce => 4,
            0xcf => 8,
            0xd9 => usize::from(*after.first()?) + 1,
            _ => return None,
        };
        let value = after.get(..length)?;
        if *kind == 0xd9 {
            id.text = Some(String::from_utf8(value[1..].to_vec()).ok()?);
        } else {
            id.numbers.push(value.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
        }
        rest = &after[length..];
    }
    rest.is_empty().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_what_it_names() {
        for (prefix, numbers, text) in [("R", vec![7], None), ("B", vec![u64::MAX, 3], Some("abc")), ("O", vec![9_400_001], None)] {
            let id = encode(prefix, &numbers, text);
            assert_eq!(decode(&id), Some(NodeId { prefix: prefix.to_owned(), numbers, text: text.map(str::to_owned) }));
        }
        assert!(encode("R", &[1], None).starts_with("R_kgDO"), "as GitHub's own begin");
    }

    #[test]
    fn nonsense_is_no_id() {
        for id in ["", "R_", "R_!!", "R_kgDO", "abc", "R_kv____8"] {
            assert_eq!(decode(id), None, "{id}");
        }
    }
}
