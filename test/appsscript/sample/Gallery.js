// One card with every widget there is, to look at: the universal action "Gallery" shows it.
// biome-ignore-all lint/correctness/noUnusedVariables: Apps Script calls them by name.
// biome-ignore-all lint/correctness/noUndeclaredVariables: Apps Script has them, and Code.js lies in the same realm.

function onGallery() {
  const builder = CardService.newCardBuilder()
    .setName('gallery')
    .setHeader(
      CardService.newCardHeader()
        .setTitle('Haircut, Kari Nordmann')
        .setSubtitle('Tue 24 Nov, 09:00 to 09:45'),
    )
    .addCardAction(
      CardService.newCardAction().setText('Resend confirmation').setOnClickAction(action('onNothing')),
    )
    .addSection(rowsSection())
    .addSection(fieldsSection())
    .addSection(foldedSection())
    .addSection(restSection())
    .setFixedFooter(
      CardService.newFixedFooter()
        .setPrimaryButton(CardService.newTextButton().setText('Save').setOnClickAction(action('onSend')))
        .setSecondaryButton(
          CardService.newTextButton()
            .setText('Web page')
            .setOpenLink(CardService.newOpenLink().setUrl(`${URL_OF_APP}page`)),
        ),
    );
  return CardService.newUniversalActionResponseBuilder().displayAddOnCards([builder.build()]).build();
}

function rowsSection() {
  return CardService.newCardSection()
    .setHeader('The <b>booking</b>')
    .addWidget(row('person', 'Customer', 'Kari Nordmann').setBottomLabel('Third visit'))
    .addWidget(row('phone', 'Phone', '<a href="tel:+4799999999">+47 999 99 999</a>'))
    .addWidget(
      row('warning', 'Calendars', '<font color="#b06000">●</font> Room 2 was last read 40 minutes ago')
        .setWrapText(true)
        .setButton(CardService.newTextButton().setText('Fix').setOnClickAction(action('onNothing'))),
    )
    .addWidget(row('chevron_right', '', 'Opens the next card').setOnClickAction(action('onDetails')))
    .addWidget(
      CardService.newButtonSet()
        .addButton(filled('Approve'))
        .addButton(CardService.newTextButton().setText('Decline').setOnClickAction(action('onNothing')))
        .addButton(
          CardService.newTextButton()
            .setText('Later')
            .setTextButtonStyle(CardService.TextButtonStyle.BORDERLESS)
            .setOnClickAction(action('onNothing')),
        )
        .addButton(
          CardService.newTextButton()
            .setText('Closed')
            .setDisabled(true)
            .setOnClickAction(action('onNothing')),
        )
        .addButton(
          CardService.newImageButton()
            .setAltText('Search')
            .setMaterialIcon(CardService.newMaterialIcon().setName('search'))
            .setOnClickAction(action('onNothing')),
        ),
    );
}

function fieldsSection() {
  return CardService.newCardSection()
    .setHeader('Change it')
    .addWidget(CardService.newTextInput().setFieldName('note').setTitle('Note').setHint('Only staff see it'))
    .addWidget(
      CardService.newTextInput()
        .setFieldName('reason')
        .setTitle('Reason')
        .setMultiline(true)
        .setValue('<script>alert(1)</script>'),
    )
    .addWidget(
      select('service', 'Service', CardService.SelectionInputType.DROPDOWN)
        .addItem('Haircut', 'cut', true)
        .addItem('Beard', 'beard', false),
    )
    .addWidget(
      select('resources', 'Whom it blocks', CardService.SelectionInputType.CHECK_BOX)
        .addItem('Anna', 'anna', true)
        .addItem('Room 2', 'room', false),
    )
    .addWidget(
      select('scope', 'Which ones', CardService.SelectionInputType.RADIO_BUTTON)
        .addItem('This one', 'one', true)
        .addItem('All of the series', 'all', false),
    )
    .addWidget(
      CardService.newDatePicker()
        .setFieldName('day')
        .setTitle('Day')
        .setValueInMsSinceEpoch(Date.UTC(2026, 10, 24)),
    )
    .addWidget(
      CardService.newDateTimePicker()
        .setFieldName('when')
        .setTitle('When')
        .setValueInMsSinceEpoch(Date.UTC(2026, 10, 24, 8)),
    )
    .addWidget(CardService.newTimePicker().setFieldName('time').setTitle('Time').setHours(9).setMinutes(5))
    .addWidget(
      CardService.newDecoratedText()
        .setText('Tell the customer')
        .setSwitchControl(
          CardService.newSwitch()
            .setFieldName('tell')
            .setValue('yes')
            .setSelected(true)
            .setOnChangeAction(action('onTell')),
        ),
    );
}

function foldedSection() {
  const section = CardService.newCardSection()
    .setHeader('History')
    .setCollapsible(true)
    .setNumUncollapsibleWidgets(1);
  for (const line of ['Booked by phone', 'Moved from 08:30', 'Confirmed'])
    section.addWidget(CardService.newTextParagraph().setText(line));
  return section;
}

function restSection() {
  const column = (text) => CardService.newColumn().addWidget(CardService.newTextParagraph().setText(text));
  const grid = CardService.newGrid().setTitle('Free now').setNumColumns(2).setOnClickAction(action('onCell'));
  for (const name of ['Room 1', 'Room 2'])
    grid.addItem(CardService.newGridItem().setIdentifier(name).setTitle(name).setSubtitle('until 11:00'));
  return CardService.newCardSection()
    .addWidget(
      CardService.newColumns().addColumn(column('Left <i>column</i>')).addColumn(column('Right column')),
    )
    .addWidget(CardService.newDivider())
    .addWidget(grid)
    .addWidget(
      CardService.newImage()
        .setAltText('A picture of the room')
        .setImageUrl('https://elsewhere.example/room.png'),
    );
}

function onCell(e) {
  return notify(e.commonEventObject.parameters.grid_item_identifier);
}

function onTell(e) {
  return notify(JSON.stringify(e.commonEventObject.formInputs.tell || null));
}

function onNothing() {
  return notify('Done');
}

function action(name) {
  return CardService.newAction().setFunctionName(name);
}

function filled(text) {
  return CardService.newTextButton()
    .setText(text)
    .setTextButtonStyle(CardService.TextButtonStyle.FILLED)
    .setOnClickAction(action('onNothing'));
}

function row(icon, top, text) {
  const made = CardService.newDecoratedText()
    .setText(text)
    .setStartIcon(CardService.newIconImage().setMaterialIcon(CardService.newMaterialIcon().setName(icon)));
  return top === '' ? made : made.setTopLabel(top);
}

function select(name, title, type) {
  return CardService.newSelectionInput().setFieldName(name).setTitle(title).setType(type);
}
