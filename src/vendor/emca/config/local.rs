//! Requests that are made on this machine, by whoever holds the configuration.

use serde_json::{Map, Value};

use super::{Emca, SecretText};
use crate::vendor::who;
use crate::vendor::who::WhoError;

impl Emca {
    /// Names the user in a decrypted object that names none: this one, or the only one. A password that the object does
    /// not have is the user's, where the configuration has it in plain.
    ///
    /// # Errors
    /// [`WhoError`].
    pub fn fill_in(
        &self,
        object: &mut Map<String, Value>,
        user: Option<&str>,
    ) -> Result<(), WhoError> {
        if !has(object, "userName")
            && let Some(name) = self.on_this_machine(user)?
        {
            object.insert("userName".to_owned(), name.into());
        }
        if !has(object, "password")
            && let Some(name) = object.get("userName").and_then(Value::as_str)
            && let Some(password) = self.password(name)
        {
            let password = password.expose_secret().into();
            object.insert("password".to_owned(), password);
        }
        Ok(())
    }

    /// Who asks on this machine: the user of this name, or the only one; nobody where nobody is registered.
    ///
    /// # Errors
    /// [`WhoError`].
    pub fn on_this_machine(&self, user: Option<&str>) -> Result<Option<&str>, WhoError> {
        let users = &self.config.users;
        let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
        who::one_of("user", user, &names)
    }

    fn password(&self, name: &str) -> Option<&SecretText> {
        let mut users = self.config.users.iter();
        let user = users.find(|user| user.name == name);
        user.and_then(|user| user.password.as_ref())
    }
}

/// Names are read without their blanks, as the vendor's own sample has some.
fn has(object: &Map<String, Value>, field: &str) -> bool {
    object.iter().any(|(name, value)| {
        let plain = name.chars().filter(|c| !c.is_whitespace());
        plain.eq(field.chars()) && !value.is_null()
    })
}
