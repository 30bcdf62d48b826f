//! The vendor's first wire of 2018: `/connectService/products/{pk}/devices/{dk}/certificates/apply` and its siblings. The
//! body of `apply` is the CSR as one JSON string; replies say `status` and `submsg` where later ones say `code`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, Refusal};
use crate::vendor::enos::reply::Reply;
use crate::vendor::enos::wire;
use crate::vendor::enos::wire::MAX_BODY_OCTETS;

/// A reply body, in the order in which the vendor's first SDK names the fields.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LegacyReply {
    status: u32,
    #[serde(flatten)]
    rest: Value,
}

/// The fields of a request: those that the path names, those of the query, and the CSR that the body is.
///
/// # Errors
/// A [`Refusal`] of the wire stage when a body is no JSON string.
pub fn object(
    path: &[(&str, &str)],
    query: &[(&str, &str)],
    body: &[u8],
) -> Result<Map<String, Value>, Refusal> {
    // What the path names is not the query's to say.
    let located: Vec<_> = query
        .iter()
        .copied()
        .filter(|(name, _)| path.iter().all(|(taken, _)| taken != name))
        .chain(path.iter().copied())
        .collect();
    let mut object = wire::object(&located, b"")?;
    if !body.is_empty() {
        object.insert("csr".to_owned(), Value::String(csr(body)?));
    }
    Ok(object)
}

impl LegacyReply {
    /// The same in the words of the first wire.
    ///
    /// # Errors
    /// None for what this crate writes.
    pub fn of(reply: &Reply) -> Result<Self, serde_json::Error> {
        let mut rest = serde_json::to_value(reply)?;
        if let Value::Object(fields) = &mut rest {
            fields.remove("code");
            fields.insert("submsg".to_owned(), Value::Null);
        }
        Ok(Self {
            status: reply.code(),
            rest,
        })
    }

    /// The body in one line.
    ///
    /// # Errors
    /// None for what this crate writes.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

fn csr(body: &[u8]) -> Result<String, Refusal> {
    let refused = |found: String| {
        let expected = format!("a JSON string of at most {MAX_BODY_OCTETS} octets");
        let finding = Finding::error("enos.body", PAGE, "body", found, expected);
        let message = "the body cannot be read";
        Refusal::of(
            Stage::Wire,
            Fault::new(FaultKind::CallParameters, message, finding),
        )
    };
    if body.len() > MAX_BODY_OCTETS {
        return Err(refused(format!("{} octets", body.len())));
    }
    serde_json::from_slice(body).map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::enos::reply::RequestId;

    #[test]
    fn the_path_names_the_device_and_the_body_is_the_csr() {
        let path = [("productKey", "p"), ("deviceKey", "d1")];
        let query = [("orgId", "o"), ("sign", "X"), ("deviceKey", "d2")];
        let read = object(&path, &query, b"\"-----BEGIN\\n\"").unwrap();
        let expected = r#"{"orgId":"o","productKey":"p","deviceKey":"d1","csr":"-----BEGIN\n"}"#;
        let expected: Map<String, Value> = serde_json::from_str(expected).unwrap();
        assert_eq!(read, expected);
        let refusal = object(&path, &query, b"{}").unwrap_err();
        assert_eq!((refusal.code(), refusal.stage()), (99_400, Stage::Wire));
    }

    #[test]
    fn a_reply_says_status_and_submsg() {
        let reply = Reply::revoked(RequestId::from_octets([0; 16]));
        let json = LegacyReply::of(&reply).unwrap().to_json().unwrap();
        let expected = r#"{"status":0,"data":null,"msg":"OK","requestId":"00000000-0000-4000-8000-000000000000","submsg":null}"#;
        assert_eq!(json, expected);
    }
}
