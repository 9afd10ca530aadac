//! Ringback tones by country (ITU-T E.180, Supplement 2).

/// A ringback tone: its frequencies sound together, on and off in turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RingTone {
    /// United States, Canada, and the rest of North America; Hong Kong's differs in its cadence.
    #[default]
    NorthAmerica,
    /// Hong Kong.
    HongKong,
    /// Korea.
    Korea,
    /// United Kingdom, Ireland, New Zealand.
    Britain,
    /// Australia.
    Australia,
    /// India.
    India,
    /// Singapore, Malaysia.
    Singapore,
    /// South Africa.
    SouthAfrica,
    /// Most of Europe and South America.
    Europe,
    /// Belgium.
    Belgium,
    /// Austria.
    Austria,
    /// Portugal, Sweden.
    Sweden,
    /// Spain.
    Spain,
    /// Hungary.
    Hungary,
    /// France.
    France,
    /// Argentina.
    Argentina,
    /// Chile, Israel.
    Chile,
    /// Japan.
    Japan,
    /// China.
    China,
    /// Turkey.
    Turkey,
}

/// Part of a cadence: milliseconds of the tone, and of the silence after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring {
    /// The tone.
    pub on: u16,
    /// The silence.
    pub off: u16,
}

const fn ring(on: u16, off: u16) -> Ring {
    Ring { on, off }
}

impl RingTone {
    /// Returns the tone of a country, by its two letters (ISO 3166); `None` for one that is not
    /// known.
    pub fn of_country(letters: &str) -> Option<Self> {
        let tone = match letters {
            "US" | "CA" | "PR" | "DO" | "JM" | "BS" | "BB" | "TT" | "BM" | "TW" | "PH" => {
                Self::NorthAmerica
            }
            "HK" => Self::HongKong,
            "KR" => Self::Korea,
            "GB" | "IE" | "NZ" | "GG" | "JE" | "IM" => Self::Britain,
            "AU" => Self::Australia,
            "IN" => Self::India,
            "SG" | "MY" => Self::Singapore,
            "ZA" => Self::SouthAfrica,
            "DE" | "NL" | "LU" | "CH" | "LI" | "IT" | "DK" | "NO" | "FI" | "IS" | "PL" | "CZ"
            | "SK" | "GR" | "RU" | "UA" | "RO" | "BG" | "HR" | "SI" | "EE" | "LV" | "LT" | "BR"
            | "MX" | "CO" | "PE" | "VE" => Self::Europe,
            "BE" => Self::Belgium,
            "AT" => Self::Austria,
            "SE" | "PT" => Self::Sweden,
            "ES" => Self::Spain,
            "HU" => Self::Hungary,
            "FR" => Self::France,
            "AR" => Self::Argentina,
            "CL" | "IL" => Self::Chile,
            "JP" => Self::Japan,
            "CN" => Self::China,
            "TR" => Self::Turkey,
            _ => return None,
        };
        Some(tone)
    }

    /// Returns the frequencies in Hz. A tone that swells is written as the two next to it: 400 Hz
    /// that swells 25 times a second is 375 and 425 Hz.
    pub const fn frequencies(self) -> &'static [u32] {
        match self {
            Self::NorthAmerica | Self::HongKong | Self::Korea => &[440, 480],
            Self::Britain => &[400, 450],
            Self::Australia => &[413, 438],
            Self::India => &[375, 425],
            Self::Singapore => &[401, 449],
            Self::SouthAfrica => &[367, 433],
            Self::Europe | Self::Belgium | Self::Sweden | Self::Spain | Self::Hungary => &[425],
            Self::Argentina => &[425],
            Self::Austria => &[420],
            Self::France => &[440],
            Self::Chile => &[400],
            Self::Japan => &[385, 415],
            Self::China | Self::Turkey => &[450],
        }
    }

    /// Returns the cadence, which repeats.
    pub const fn cadence(self) -> &'static [Ring] {
        match self {
            Self::NorthAmerica | Self::Turkey => const { &[ring(2_000, 4_000)] },
            Self::HongKong => const { &[ring(400, 200), ring(400, 3_000)] },
            Self::Korea | Self::Japan => const { &[ring(1_000, 2_000)] },
            Self::Britain | Self::Australia | Self::India | Self::Singapore | Self::SouthAfrica => {
                const { &[ring(400, 200), ring(400, 2_000)] }
            }
            Self::Europe | Self::China => const { &[ring(1_000, 4_000)] },
            Self::Belgium | Self::Chile => const { &[ring(1_000, 3_000)] },
            Self::Austria | Self::Sweden => const { &[ring(1_000, 5_000)] },
            Self::Spain => const { &[ring(1_500, 3_000)] },
            Self::Hungary => const { &[ring(1_240, 3_760)] },
            Self::France => const { &[ring(1_500, 3_500)] },
            Self::Argentina => const { &[ring(1_000, 4_500)] },
        }
    }
}
