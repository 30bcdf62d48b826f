//! What the processor must have.

/// Proof that the processor has AVX-512 F and IFMA, and that the system keeps the registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(());

impl Ifma {
    /// Asks the processor; the answer is kept by the standard library.
    pub(crate) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
        has.then_some(Self(()))
    }
}
