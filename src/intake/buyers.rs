//! stub for compile
use super::Poster;
use super::Posting;
use crate::base::FieldName;
use crate::base::Reach;
use crate::lead::Reply;
use crate::sale::ConversionSecret;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
#[derive(Debug)]
pub struct Buyers;
impl Buyers {
    pub fn new(_: Reach, _: &str, _: ConversionSecret, _: BTreeMap<FieldName, String>) -> Self {
        Self
    }
}
impl Poster for Buyers {
    fn post(&self, _: Posting) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
        Box::pin(async { Reply::Unknown { reason: String::new() } })
    }
}
