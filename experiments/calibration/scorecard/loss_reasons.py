"""Why the model loses where it loses: a reason per document, target or conclusion.

Found by reading the claims. A reason is shown in the scorecard only while the loss is there;
none of them changes a number.
"""

from __future__ import annotations

LOSS_REASONS: dict[str, str] = {
    # Documents left out
    "eprs-2016": (
        "Most of its targets hold under the priors as well, and the other documents say little "
        "about the economic channel; where it says that Russian presence grew, the others' "
        "Russian means shrink"
    ),
    "essay-2010": (
        "Without its claims the growth of Chinese means and supply and the American bases are "
        "missing, so the changes that it reports are near zero"
    ),
    "ispi-2019": (
        "It says that Russia grew after 2014 and leads the Kyrgyz and Tajik economies; EPRS "
        "codes recession, falling transfers and Chinese money for the same years. Persistence "
        "keeps the Russian lead of 2000, and is right simply by keeping it"
    ),
    "thesis-2020": (
        "Two targets. Persistence keeps the lead in security with certainty and gives the "
        "return under Putin even odds, while the model, in which Russia loses in the economy "
        "what it gains in security, is uncertain about both"
    ),
    # Targets
    "eprs-eu-trade": (
        "EPRS counts trade and investment, but no document codes dependence on the EU: its ties "
        "rest on one pipeline and on assumptions, while Russia's rest on pipelines, gas and "
        "migrant work. A volume of trade alone is not coded as dependence"
    ),
    "eprs-russian-presence": (
        "Contradicted by other claims of the same document: recession in Russia, transfers "
        "halved, trade within the EAEU falling. The model follows these"
    ),
    "eprs-china-in-energy": (
        "The target is measured by the whole economic channel of two republics, and both are "
        "coded as tied to Russian pipelines throughout; the Chinese lines only add a dated tie"
    ),
    "essay-kazakh-chinese-cooperation": (
        "The claim is about cooperation, the model about dependence: the Kazakh economy is "
        "coded as needing little from outside, the Kyrgyz and Tajik ones much, so Chinese money "
        "has more effect there"
    ),
    "essay-us-influence-after-2001": (
        "The events of 2001 are coded as bases and effort, both in security; in the economic "
        "channel nothing American is dated, and Chinese means grow. The two nearly cancel "
        "out"
    ),
    "essay-balance-after-2001": (
        "American bases stood in two republics, while the SCO binds four to China in the same "
        "years; in the mean of the five the two are about level"
    ),
    "essay-us-presence-2001": (
        "Two republics of five had bases, and effort sent there leaves the others; in the "
        "regional mean little remains"
    ),
    "essay-russia-returns": (
        "Russia gains in security and loses in the economy to China; over both channels the sum "
        "is near zero"
    ),
    "essay-uzbekistan-2005-2006": (
        "The American base closes and the CSTO accession is dated, but Uzbek entry is disputed "
        "between 2005 and 2006 and half undone by 2012"
    ),
    "essay-us-presence-economic-before-2001": (
        "No American tie before 2001 is coded in any channel; both sides rest on the same "
        "assumption"
    ),
    "ispi-russian-role": (
        "Contradicts EPRS, which has recession in Russia, halved transfers and the end of gas "
        "purchases in these years; the Russian gains dated after 2016 are Uzbek, or come in "
        "2019 only"
    ),
    "ispi-kyrgyz-partner": (
        "EPRS sees China or the EU ahead in most republics. Kyrgyz dependence on re-exporting "
        "Chinese goods is coded almost as high as that on Russia, China's supply catches up "
        "around 2007, and Russian gas for Kyrgyz homes is dated 2019 only"
    ),
    "ispi-tajik-partner": (
        "Contradicts EPRS, which says that Russia lost first place, and the essay, which has "
        "China as the Tajiks' first investor and Russian investments as unrealised. The model "
        "follows the investments"
    ),
    "ispi-tajik-cooperation": (
        "For 2015 to 2019 the dated claims on Tajikistan are fewer migrants, dearer permits and "
        "little aid; only military exercises point the other way"
    ),
    "ispi-uzbek-relations-2016": (
        "The election and the contracts of 2017 work against fewer migrants, dearer permits and "
        "halved transfers just before"
    ),
    "ispi-uzbek-military": (
        "Exercises and training are coded as small, and EPRS and ISPI exclude a return to the CSTO"
    ),
    "ispi-uzbek-exit-view": (
        "Leaving the CSTO takes away an institution that weighs little beside standing ties"
    ),
    "thesis-putin-return": (
        "Russia gains in security and loses in the economy to China; over all channels the sum "
        "is near zero"
    ),
    # Conclusions
    "russia-dips": (
        "No document dates a Russian loss between 2000 and 2002; the first Russian moves are "
        "dated 2000, and only the fading of the Soviet legacy lowers its share"
    ),
    "russia-recovers": (
        "Russia gains in security and loses in the economy to China, so over all channels the "
        "sum is near zero"
    ),
    "america-rises": (
        "Two republics of five had bases, and effort sent there leaves the others; in the "
        "regional mean little remains"
    ),
    "america-low-again": "Little was gained by 2003, so little can be lost",
    "turkmenistan-least": (
        "It holds against the mean of the other four (target eprs-turkmen-stance) but not "
        "against each: Turkmen gas is coded as bound to Russian pipes, and Uzbekistan, out of "
        "CSTO and EurAsEC, comes out equally low"
    ),
    "kazakhstan-kyrgyzstan-most": (
        "Tajikistan ranks first: the largest Russian garrison abroad and migrant work are coded "
        "for it, and dependence measures these, not friendship"
    ),
    "uzbekistan-towards-2005": (
        "The documents dispute the date of CSTO accession, and a membership moves influence by "
        "half in several years"
    ),
    "uzbekistan-away-2012": (
        "Leaving the CSTO takes away an institution that weighs little beside standing ties"
    ),
    "uzbekistan-back-2016": (
        "The election and the contracts of 2017 work against fewer migrants, dearer permits and "
        "halved transfers just before"
    ),
    "china-and-eu-ahead": (
        "Russian pipelines, gas and migrant work are coded as ties in every republic; no "
        "document codes ties to the EU in most"
    ),
    "china-economy-grows": (
        "Chinese claims are coded for some republics, and all must grow at the same time"
    ),
    "russia-leads-security": (
        "It must hold in all five at the same time, and Turkmenistan is in no Russian organisation"
    ),
}
UNEXPLAINED = "no reason found yet"


def loss_reason(identifier: str) -> str:
    """Why this is lost, in a sentence without its full stop."""
    return LOSS_REASONS.get(identifier, UNEXPLAINED)
