"""Why the model loses where it loses: a reason per document, target or conclusion.

Found by reading the claims. A reason is shown in the scorecard only while the loss is there;
none of them changes a number.
"""

from __future__ import annotations

LOSS_REASONS: dict[str, str] = {
    # Documents left out
    "ispi-2019": (
        "Persistence keeps the Russian leads of 2000, and is right simply by keeping them; the "
        "model has Russia lose the Tajik and the Kyrgyz economy to China, as EPRS says of most "
        "republics"
    ),
    "letter-2023": (
        "One target: Russia first in economy and security together. EPRS has China and the EU "
        "ahead of it in trade, and the model puts Russia and China level; persistence keeps the "
        "Russian lead of 2000"
    ),
    # Targets
    "letter-russia-presence": (
        "Stands against EPRS (eprs-china-trade, eprs-eu-trade, of higher confidence): Russia's "
        "lead in security and China's in the economy nearly cancel out"
    ),
    "ispi-tajik-partner": (
        "Stands against EPRS, which sees China or the EU ahead in most republics, and the essay, "
        "by which Tajikistan leans on Chinese credit and hopes for Russian money came to nothing. "
        "EPRS's lost transfers are coded as a loss of the Russian tie"
    ),
    "ispi-kyrgyz-partner": (
        "Stands against EPRS, which sees China or the EU ahead in most republics. What China "
        "supplies is coded above what Russia does, and the SCO above the EAEU"
    ),
    "eprs-eu-trade": (
        "A share of influence is not a share of trade: Russia's economic ties (transfers, pipes, "
        "purchases of energy) hold more than trade, and the statement counts trade and investment"
    ),
    # Conclusions
    "russia-leads-security": (
        "Sure in three republics; in Uzbekistan, out of the CSTO and in the SCO, China leads in a "
        "quarter of draws, and in Turkmenistan, which is in neither, in a sixth"
    ),
    "russia-recovers": (
        "Russian security falls until 2003 as the inheritance fades and is hardly back by 2008; in "
        "the economy and in soft power Russia goes on falling"
    ),
    "america-low-again": (
        "Influence in security moves by half in 6 to 40 quarters: in 2003 the American rise had "
        "only begun, and what was gained by 2014 is not yet gone in 2016"
    ),
    "turkmenistan-least": (
        "Uzbekistan, out of the CSTO and EurAsEC, comes out nearly as low as Turkmenistan, whose "
        "gas goes to China"
    ),
    "kazakhstan-kyrgyzstan-most": (
        "Tajikistan comes out above Kazakhstan: the largest Russian garrison abroad is there, and "
        "in the Kazakh economy China has overtaken Russia"
    ),
    "uzbekistan-towards-2005": (
        "By 2007 the entry into the CSTO of 2006 has had a year and a half to work, while the "
        "inheritance still fades"
    ),
    "uzbekistan-away-2012": (
        "What Uzbekistan turned to Russia for in 2005 stays when it leaves the CSTO, and Russia's "
        "effort in the region grows in the same years"
    ),
    "uzbekistan-back-2016": (
        "The turn of 2016 is coded as Russian effort, while the fading of Russian culture goes on "
        "and the loss of transfers is still felt"
    ),
}
UNEXPLAINED = "no reason found yet"


def loss_reason(identifier: str) -> str:
    """Why this is lost, in a sentence without its full stop."""
    return LOSS_REASONS.get(identifier, UNEXPLAINED)
