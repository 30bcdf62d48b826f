//! Our own description of the service, in the shape of the vendor's WSDL of version 4.1: its names, its sequences, and
//! behind them, optional, what the vendor's page shows beside them.

use crate::vendor::ecgrid::element::escape;

/// The WSDL with the address under which the caller reaches the service.
#[must_use]
pub fn wsdl(address: &str) -> String {
    let mut escaped = String::new();
    escape(address, &mut escaped);
    TEMPLATE.replace("ADDRESS", &escaped)
}

const TEMPLATE: &str = include_str!("ecgridos.wsdl");

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;
    use crate::vendor::ecgrid::enums::{
        CertStoreType, CertificateType, CertificateUsage, CommChannel, HttpAuthType, Named,
        ReceiptType, Status, UseType,
    };
    use crate::vendor::ecgrid::reply::Operation;
    use crate::vendor::ecgrid::session::SessionVerb;

    #[test]
    fn every_operation_is_described_three_times_and_has_its_elements() {
        let text = wsdl("http://127.0.0.1:8080/x?a&b");
        let document = Document::parse(&text).unwrap();
        let mut names = Operation::ALL.map(Operation::name).to_vec();
        names.extend([SessionVerb::Login.name(), SessionVerb::Logout.name()]);
        let count = |tag: &str, name: &str| {
            let nodes = document.descendants();
            let named = nodes.filter(|node| {
                node.tag_name().name() == tag && node.attribute("name") == Some(name)
            });
            named.count()
        };
        for name in names {
            // Two port types, three bindings.
            assert_eq!(count("operation", name), 5, "{name}");
            assert_eq!(count("element", &format!("{name}Response")), 1, "{name}");
        }
        let addresses = document
            .descendants()
            .filter_map(|node| node.attribute("location"));
        let addresses: Vec<_> = addresses.filter(|text| text.contains("//")).collect();
        assert_eq!(addresses, ["http://127.0.0.1:8080/x?a&b"; 3]);
    }

    #[test]
    fn every_enumeration_allows_what_is_answered() {
        fn values<T: Named>() -> Vec<&'static str> {
            T::VALUES.iter().map(|value| value.as_str()).collect()
        }
        let document = Document::parse(TEMPLATE).unwrap();
        for (name, values) in [
            ("CertificateUsage", values::<CertificateUsage>()),
            ("CertificateType", values::<CertificateType>()),
            ("Status", values::<Status>()),
            ("UseType", values::<UseType>()),
            ("NetworkGatewayCommChannel", values::<CommChannel>()),
            ("ReceiptType", values::<ReceiptType>()),
            ("HTTPAuthType", values::<HttpAuthType>()),
            ("CertStoreTypes", values::<CertStoreType>()),
        ] {
            let mut types = document.descendants();
            let found = types.find(|node| {
                node.tag_name().name() == "simpleType" && node.attribute("name") == Some(name)
            });
            let found = found.unwrap().descendants();
            let found: Vec<_> = found.filter_map(|node| node.attribute("value")).collect();
            assert_eq!(found, values, "{name}");
        }
    }
}
